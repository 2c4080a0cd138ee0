"""Hypothesis strategies for practices as a practice file can describe them."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from hypothesis import strategies as st

from booking.plain.document import NOTICES
from booking.practice import (
    Account,
    Block,
    CalendarRule,
    Client,
    ClientStatus,
    Contact,
    DateOverride,
    Hold,
    Location,
    Mode,
    Page,
    Practice,
    Privilege,
    Provider,
    ReleaseStage,
    Secret,
    Service,
    User,
    WeeklyRelease,
    Window,
)
from booking.rules import Door, NoticeByClock, TitleMode

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp", "Cs")), min_size=1, max_size=20
).filter(lambda text: text.strip() != "")
_ZONES = st.sampled_from(["America/New_York", "Europe/Berlin", "Pacific/Chatham", "UTC"])
_CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
_DATES = st.dates(date(2020, 1, 1), date(2035, 12, 31))
_SLUGS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
_WORDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)
_EMAILS = st.from_regex(r"[a-z][a-z0-9+]{0,8}(\.[a-z0-9]{1,4})?@[a-z]{1,8}\.(com|org)", fullmatch=True)
_MODES = st.lists(st.sampled_from(list(Mode)), min_size=1, unique=True).map(tuple)
_DAYS = st.frozensets(st.integers(0, 6), min_size=1)
_BOOLS = st.booleans()


def _minutes(low: int, high: int) -> st.SearchStrategy[timedelta]:
    return st.integers(low, high).map(lambda count: count * _MINUTE)


def _named(names: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(names, max_size=most, unique_by=str.casefold)


def rules() -> st.SearchStrategy[dict[str, Any]]:
    """Stated rules by their names in ``Rules``; each one alone and all together are possible."""
    spans = _minutes(0, 1440 * 100)
    return st.fixed_dictionaries(
        {},
        optional={
            "minimum_notice": spans | st.builds(NoticeByClock, st.integers(0, 365), _CLOCKS),
            "cancel_notice": spans,
            "reschedule_notice": spans,
            "reminders": st.lists(_minutes(1, 525_600), max_size=10, unique=True).map(tuple),
            "unsure": _BOOLS,
            "horizon_days": st.integers(1, 730),
            "increment": _minutes(1, 1440),
            "max_per_day": st.integers(0, 1000),
            "max_per_week": st.integers(0, 1000),
            "mode_gap": _minutes(0, 1440),
            "open_requests_per_client": st.integers(0, 1000),
            "request_expiry": _minutes(1, 100_000),
            "tentative": st.sampled_from(["busy", "free"]),
            "unanswered": st.sampled_from(["busy", "free"]),
            "request_only_after": _minutes(1, 30),
            "closed_after": _minutes(31, 10_000),
            "client_statuses": st.frozensets(st.sampled_from(["new", "active", "inactive"])),
            "new_clients": st.sampled_from(["open", "closed"]) | _doors(),
            "title": st.sampled_from(list(TitleMode)),
            "moved_in_calendar": st.sampled_from(["propose", "reschedule"]),
            "auto_accept": st.sampled_from(["never", "active"]),
            "decision_grace": _minutes(0, 1440),
            "longer_notice": spans,
            "poll_interval": _minutes(1, 1440),
            "soft_busy": st.lists(_TEXT, max_size=3, unique=True).map(tuple),
        },
    )


def _doors() -> st.SearchStrategy[Door]:
    shares = st.lists(st.floats(0, 1, allow_nan=False), min_size=2, max_size=2).map(sorted)
    return st.builds(
        lambda pair, days: Door(pair[0] + 0.0, pair[1] + 0.0, days * _DAY), shares, st.integers(1, 365)
    )


def _service(code: str, rooms: list[str]) -> st.SearchStrategy[Service]:
    return st.builds(
        Service,
        code=st.just(code),
        name=_TEXT,
        length=_minutes(1, 1440),
        buffer_before=_minutes(0, 1440),
        buffer_after=_minutes(0, 1440),
        modes=_MODES,
        active=_BOOLS,
        online=_BOOLS,
        new_clients=_BOOLS,
        capacity=st.integers(1, 1000),
        room=st.none() | st.sampled_from([*rooms, "any"]) if rooms else st.none(),
        telehealth_url=st.none() | st.just("https://meet.example.com/a?b=c"),
        rules=rules(),
    )


@st.composite
def _span(draw: st.DrawFn) -> tuple[time, time]:
    start, end = draw(_CLOCKS), draw(_CLOCKS)
    if end != time(0, 0) and end <= start:
        start, end = end, start
    return (start, end) if start != end else (start, time(0, 0))


@st.composite
def _validity(draw: st.DrawFn) -> tuple[date | None, date | None]:
    first, last = draw(st.none() | _DATES), draw(st.none() | _DATES)
    return (last, first) if first and last and last < first else (first, last)


@st.composite
def _block(draw: st.DrawFn, codes: list[str], places: list[str]) -> Block:
    (start, end), (first, last) = draw(_span()), draw(_validity())
    return Block(
        days=draw(_DAYS),
        start=start,
        end=end,
        online=draw(_BOOLS),
        modes=draw(_MODES),
        services=draw(st.none() | st.lists(st.sampled_from(codes), min_size=1, unique=True).map(tuple))
        if codes
        else None,
        location=draw(st.none() | st.sampled_from(places)) if places else None,
        from_date=first,
        until=last,
        every_weeks=draw(st.integers(1, 52)),
    )


@st.composite
def _overrides(draw: st.DrawFn) -> tuple[DateOverride, ...]:
    dates = sorted(draw(st.lists(_DATES, unique=True, max_size=6)))
    found = []
    for first, last in zip(dates[::2], dates[1::2], strict=False):
        spans = draw(st.just([]) | _span().map(lambda span: [span]))
        last = draw(st.sampled_from([first, last]))
        found.append(DateOverride(first, last, tuple(Window(*span) for span in spans)))
    return tuple(found)


def _release(audiences: list[str]) -> st.SearchStrategy[Any]:
    weekly = st.builds(WeeklyRelease, st.integers(0, 6), _CLOCKS, st.integers(1, 52))
    to = st.lists(st.sampled_from(audiences), min_size=1, unique=True).map(tuple)
    days = st.lists(st.integers(1, 700), min_size=1, max_size=4, unique=True).map(
        lambda counts: [ReleaseStage(days=count) for count in sorted(counts, reverse=True)]
    )
    exact = st.lists(_minutes(1, 700_000), min_size=1, max_size=4, unique=True).map(
        lambda spans: [ReleaseStage(exact=span) for span in sorted(spans, reverse=True)]
    )
    staged = st.builds(_staged, days | exact, st.lists(to, min_size=4, max_size=4), _BOOLS)
    return st.none() | weekly | staged


def _staged(
    stages: list[ReleaseStage], audiences: list[tuple[str, ...]], everyone: bool
) -> tuple[ReleaseStage, ...]:
    named = [ReleaseStage(stage.days, stage.exact, to) for stage, to in zip(stages, audiences, strict=False)]
    return (*named[:-1], stages[-1]) if everyone else tuple(named)


@st.composite
def _hold(draw: st.DrawFn, name: str, audiences: list[str]) -> Hold:
    start, end = draw(_span())
    weekly = draw(_BOOLS)
    first, last = draw(_validity()) if weekly else (None, None)
    return Hold(
        name=name,
        start=start,
        end=end,
        days=draw(_DAYS) if weekly else frozenset(),
        date=None if weekly else draw(_DATES),
        kept_for=draw(
            st.just(("nobody",)) | st.lists(st.sampled_from(audiences), min_size=1, unique=True).map(tuple)
        ),
        release=draw(_release(audiences)),
        from_date=first,
        until=last,
        every_weeks=draw(st.integers(1, 52)) if weekly else 1,
        marker=draw(st.booleans()),
    )


@st.composite
def _accounts(draw: st.DrawFn) -> tuple[Account, ...]:
    found: list[Account] = []
    writes = draw(_BOOLS)
    for name in draw(_named(_WORDS, 2)):
        rules_of: list[CalendarRule] = []
        for match in draw(st.lists(_TEXT, max_size=2, unique=True)):
            role = "write" if writes else draw(st.sampled_from(["busy", "ignore"]))
            writes = False
            title = draw(st.none() | st.sampled_from(list(TitleMode)).map(str)) if role == "write" else None
            rules_of.append(CalendarRule(match, role, title, draw(_BOOLS)))
        google = draw(_BOOLS)
        secret = Secret() if google or draw(_BOOLS) else Secret(password_env="SECRET")
        found.append(
            Account(
                name=name,
                kind="google" if google else "caldav",
                url=None if google else "https://dav.example.com/" + draw(_SLUGS) + "/",
                username=draw(_TEXT) if secret.password_env else None,
                secret=secret,
                calendars=tuple(rules_of),
            )
        )
    return tuple(found)


@st.composite
def _provider(
    draw: st.DrawFn,
    slug: str,
    email: str,
    codes: list[str],
    rooms: list[str],
    places: list[str],
    audiences: list[str],
) -> Provider:
    own = tuple(draw(_service(code, rooms)) for code in draw(_named(_WORDS, 2)))
    all_codes = list(dict.fromkeys((*codes, *(service.code for service in own))))
    subsets = st.lists(st.sampled_from(all_codes), unique=True).map(tuple) if all_codes else st.just(())
    return Provider(
        slug=slug,
        name=draw(_TEXT),
        email=email,
        timezone=draw(_ZONES),
        self_scheduling=draw(_BOOLS),
        active=draw(_BOOLS),
        services=draw(st.none() | subsets),
        own_services=own,
        addresses=tuple(draw(st.lists(_EMAILS, max_size=2, unique=True))),
        rules=draw(rules()),
        accounts=draw(_accounts()),
        availability=tuple(draw(st.lists(_block(all_codes, places), max_size=2))),
        overrides=draw(_overrides()),
        holds=tuple(draw(_hold(name, audiences)) for name in draw(st.lists(_TEXT, max_size=2, unique=True))),
    )


def _client(id: str, slugs: list[str]) -> st.SearchStrategy[Client]:
    return st.builds(
        Client,
        id=st.just(id),
        name=_TEXT,
        email=_EMAILS,
        status=st.sampled_from(list(ClientStatus)),
        privilege=st.sampled_from(list(Privilege)),
        notices=st.dictionaries(st.sampled_from(NOTICES), _BOOLS, max_size=3),
        phone=st.just("") | _TEXT,
        providers=st.lists(st.sampled_from(slugs), unique=True).map(tuple) if slugs else st.just(()),
        tags=st.lists(_TEXT, max_size=2, unique=True).map(tuple),
        contacts=st.lists(
            st.builds(Contact, _TEXT, _EMAILS, st.just("") | _TEXT, _BOOLS, _BOOLS), max_size=2
        ).map(tuple),
    )


@st.composite
def _users(draw: st.DrawFn, providers: tuple[Provider, ...]) -> tuple[User, ...]:
    slugs = [provider.slug for provider in providers]
    found = []
    for email in draw(_named(_EMAILS)):
        role = draw(st.sampled_from(["owner", "manager", "ops", *(["provider"] if slugs else [])]))
        tied = role == "provider" or (slugs and role != "ops" and draw(_BOOLS))
        found.append(User(email, role, draw(st.sampled_from(slugs)) if tied else None))
    for provider in providers:
        if draw(_BOOLS) and all(user.email != provider.email for user in found):
            found.append(User(provider.email, "provider", provider.slug))
    return tuple(found)


@st.composite
def practices(draw: st.DrawFn) -> Practice:
    codes, rooms, places, slugs, ids = (
        draw(_named(names))
        for names in (_WORDS, _TEXT.filter(lambda room: room != "any"), _SLUGS, _SLUGS, _WORDS)
    )
    emails = draw(st.lists(_EMAILS, min_size=len(slugs), max_size=len(slugs), unique=True))
    clients = tuple(draw(_client(each, slugs)) for each in ids)
    audiences = ["status:active", "tag:regulars", *(f"client:{each}" for each in ids)]
    rooms = rooms if places else []
    providers = tuple(
        draw(_provider(slug, email, codes, rooms, places, audiences))
        for slug, email in zip(slugs, emails, strict=True)
    )
    return Practice(
        slug=draw(_SLUGS),
        name=draw(_TEXT),
        timezone=draw(_ZONES),
        phone=draw(st.just("") | _TEXT),
        email=draw(st.just("") | _EMAILS),
        self_scheduling=draw(_BOOLS),
        rules=draw(rules()),
        services=tuple(draw(_service(code, rooms)) for code in codes),
        locations=tuple(
            Location(
                slug, draw(_TEXT), draw(st.just("") | _TEXT), draw(_BOOLS), tuple(rooms) if index == 0 else ()
            )
            for index, slug in enumerate(places)
        ),
        providers=providers,
        notices=dict.fromkeys(draw(st.lists(st.sampled_from(NOTICES), unique=True)), False),
        page=Page(
            embed_origins=draw(st.just(()) | st.just(("https://www.example.com", "http://localhost:3000"))),
            privacy_text=draw(
                st.sampled_from(["", "What you tell us stays here.\n\nWe keep it for ten years."])
            ),
            privacy_url=draw(st.just("") | st.just("https://www.example.com/privacy")),
            locales=draw(st.sampled_from([("en",), ("de", "en"), ("pt_BR",)])),
            accent=draw(st.sampled_from(["", "#2f6f5e"])),
        ),
        clients=clients,
        users=draw(_users(providers)),
    )
