"""A practice that has some of everything, beside one that has nothing yet, and the addresses of all their pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from sqlalchemy import select

from booking import edits
from booking.desk.forms import Asking, Recurring, RequestForm, WaitForm, WishForm
from booking.event_forms import EventForm
from booking.notice_texts import Words
from booking.notices import Kind
from booking.plain.document import NOTICES
from booking.roles import Actor, Role
from booking.store.tables import hold, mail, other_event, practice, provider, request
from service.practice_file.commands import Place, apply_command
from sync.store.tables import account, calendar, entry
from tests.support.story_world import StoryWorld

ADA, OWNER, OPS, BEGINNER = "ada@example.com", "owner@example.com", "ops@example.com", "oak@example.com"
_OAK = """\
[practice]
slug = "oak-street"
name = "Oak Street"
timezone = "America/New_York"

[[services]]
code = "90834"
name = "Individual session"
minutes = 45

[[providers]]
slug = "eve"
name = "Eve Oak"
email = "eve@example.com"
timezone = "America/New_York"

[[users]]
email = "oak@example.com"
role = "owner"
"""
_HOLD = """
  [providers.rules]
  unsure = true

  [[providers.holds]]
  name = "Evenings"
  days = ["tu", "th"]
  start = "16:00"
  end = "18:00"
  for = ["tag:regulars", "client:c-1"]
  release = { day = "fr", time = "18:00", weeks_ahead = 1 }

  [[providers.overrides]]
  date = 2026-12-24
  closed = true
"""
_BOOK = "/book/elm-street"


@dataclass(frozen=True)
class Visit:
    """``who``: the address somebody of the staff signs in with; empty: a visitor."""

    who: str
    path: str
    status: int = 200
    picture: str = ""
    """Its name among the pictures of the documentation; empty: there is none."""


def filled_practice(world: StoryWorld) -> None:
    """Leaves the world on Tuesday, a minute after an acceptance that can still be undone."""
    world.apply(hers=_HOLD)
    place = Place({}, world.folder, True)
    code, _, told = apply_command(
        "-", stdin=_OAK.encode, place=place, database=world.runtime.database, cipher=world.runtime.sealer,
        now=world.clock(),
    )  # fmt: skip
    assert code == 0, told
    desk, owner = world.runtime.desk, _actor(world)
    _ask(world, 19, 10, 30, "Rosa Expired")
    world.later(timedelta(hours=25))
    for text in ("Any day after six in the evening, or a Saturday.", "Thursdays"):
        wish = WishForm(
            practice="elm-street", provider="ada", text=text, name="Wanda Wish", email="wanda@example.com"
        )
        desk.wish(wish, now=world.clock())
    accepted = _ask(world, 23, 9, 45, "Grace Hopper", client="c-1")
    desk.accept(owner, accepted, now=world.clock())
    declined = _ask(world, 23, 11, 15, "Dora Declined")
    desk.decline(owner, declined, message="I am away that week.", refer_to="max", now=world.clock())
    cancelled = _ask(world, 23, 13, 30, "Carl Cancelled")
    desk.cancel(owner, cancelled, message="", now=world.clock())
    _ask(world, 24, 9, 45, "Sina Series", recurring=Recurring(rule="FREQ=WEEKLY;COUNT=4"))
    proposed = _ask(world, 25, 9, 45, "Paul Proposed")
    starts = [datetime(2026, 11, 26, hour, tzinfo=UTC) for hour in (16, 18, 20)]
    desk.propose(owner, proposed, starts, now=world.clock())
    _ask(world, 26, 9, 45, "Pia Pending", note="It would be my first time.")
    for name, days in (("Olga Offered", ()), ("Wim Waiting", (6,))):
        wait = WaitForm(
            practice="elm-street", provider="ada", service="90834", name=name, days=days,
            email=f"{name[:3].lower()}@example.com",
        )  # fmt: skip
        desk.waitlist.join(wait, now=world.clock())
    nine = datetime(2026, 11, 30, 14, tzinfo=UTC)
    form = EventForm(title="Reading hour", start=nine, end=nine + timedelta(hours=1))
    desk.make_event(_actor(world, "ada"), "ada", form, now=world.clock())
    desk.change(owner, edits.put_privacy_text("What you tell us stays here."), now=world.clock())
    desk.put_notice_words(
        owner, Kind.CREATED, "en", Words("{practice}", "We have your wish for {when}."), now=world.clock()
    )
    world.later()
    undoable = _ask(world, 30, 10, 30, "Una Undo")
    desk.accept(owner, undoable, now=world.clock())
    world.clock.advance(minutes=1)
    world.work()


def visits(world: StoryWorld) -> list[Visit]:
    return [*_visitors(world), *_staff(world), *_owners(world)]


def _visitors(world: StoryWorld) -> list[Visit]:
    start = {"service": "90834", "start": "2026-11-24T11:15:00-05:00"}
    token = world.runtime.desk.client_link(
        _actor(world).practice_id, "c-1", kind="invitation", actor="user:owner", now=world.clock()
    ).path.rpartition("=")[2]
    known = {"client_token": token}
    places = [world.link("waitlist_joined", f"{name}@example.com", "/w/") for name in ("olg", "wim")]
    answers = [_link(world, name, Kind.NEW_REQUEST.value, "/d/") for name in ("Pia Pending", "Una Undo")]
    pages = [
        _link(world, f"{name} {state}", Kind.CREATED.value, "/r/")
        for name, state in (
            ("Rosa", "Expired"), ("Grace", "Hopper"), ("Dora", "Declined"), ("Carl", "Cancelled"),
            ("Sina", "Series"), ("Paul", "Proposed"), ("Pia", "Pending"),
        )
    ]  # fmt: skip
    hers = pages[1]
    moved = urlencode({"start": "2026-11-24T11:15:00-05:00"})
    times = f"{_BOOK}/ada/times?service=90834"
    pictures = {
        _BOOK: "practice",
        f"{_BOOK}/ada": "provider",
        f"{times}&day=2026-11-25": "times",
        f"{_BOOK}/ada/details?{urlencode(start)}": "details",
        f"{_BOOK}/-/known": "known",
        f"{pages[-1]}?new=1": "sent",
    }
    paths = [
        "/book/oak-street", "/book/oak-street/eve", f"{_BOOK}/ada?{urlencode(known)}", times, f"{times}&embed=1",
        f"{times}&tz=Asia/Tokyo&day=2026-11-26", f"{_BOOK}/grace/times?service=90834&month=2026-12",
        f"{_BOOK}/ada/details?{urlencode({**start, **known, 'tz': 'Europe/Berlin'})}",
        f"{_BOOK}/ada/waitlist?service=90834", f"{_BOOK}/ada/wishes", f"{_BOOK}/-/first",
        f"{_BOOK}/-/first?service=90834", f"{_BOOK}/ada/times?service=90853&embed=1",
        *pages, f"{hers}/reschedule", f"{hers}/reschedule?{moved}",
        *answers, *places, "/login", world.login_link(ADA), "/problems/slot-unavailable",
    ]  # fmt: skip
    taken = urlencode({"service": "90834", "start": "2026-11-23T09:45:00-05:00"})
    return [
        *(Visit("", path.removeprefix(world.url), picture=name) for path, name in pictures.items()),
        *(Visit("", path.removeprefix(world.url)) for path in paths),
        Visit("", f"{_BOOK}/ada/details?{taken}", 409),
        Visit("", "/r/nonsense", 404),
        Visit("", "/login/used", 404),
    ]


def _staff(world: StoryWorld) -> list[Visit]:
    with world.runtime.database.read() as connection:
        ids = dict(connection.execute(select(request.c.client_name, request.c.id)).all())
        event_id = connection.execute(select(other_event.c.id)).scalar_one()
        hold_id = connection.execute(select(hold.c.id)).scalar_one()
        account_id = connection.execute(select(account.c.id)).scalar_one()
        calendar_id = connection.execute(select(calendar.c.id)).scalar_one()
        uid = connection.execute(
            select(entry.c.uid).where(entry.c.uid.contains("@freehold")).limit(1)
        ).scalar_one()
    names = ("Grace Hopper", "Dora Declined", "Carl Cancelled", "Sina Series", "Paul Proposed", "Una Undo")
    week = "/provider/availability"
    accounts = "/provider/calendars/ada"
    pictures = {
        "/provider": "inbox",
        "/provider/clients": "clients",
        f"/provider/holds/{hold_id}": "hold",
        week: "availability",
        "/provider/week?day=2026-11-23": "week",
        f"{week}/block": "block",
        f"{week}/hold": "hold-new",
        f"/ops/calendars/{calendar_id}/events/{quote(uid)}": "flight",
    }
    paths = [
        *(f"/provider/requests/{ids[name]}" for name in names), "/provider/waitlist", "/provider/clients/c-1",
        "/provider/day?day=2026-11-24&service=90834",
        "/provider/day?day=2026-11-24&service=90834&at=2026-11-24T12:00:00-05:00",
        "/provider/why?service=90834&client=c-1", "/provider/events", "/provider/events/new",
        f"/provider/events/{event_id}", "/provider/holds", f"{week}/override", f"{week}/rules", accounts,
        f"{accounts}/caldav", f"{accounts}/{account_id}", f"{accounts}/{account_id}/disconnect",
        f"/ops/calendars/{calendar_id}/events", f"/provider/week/move/{ids['Pia Pending']}",
        f"/provider/week/move/{ids['Pia Pending']}?start=2026-11-26T12:30", "/provider/week",
        "/provider/week/enter", "/provider/week/enter?start=2026-11-24T07:10&client=c-1",
    ]  # fmt: skip
    return [
        *(Visit(ADA, path, picture=name) for path, name in pictures.items()),
        *(Visit(ADA, path) for path in paths),
    ]


def _owners(world: StoryWorld) -> list[Visit]:
    with world.runtime.database.read() as connection:
        mail_id = connection.execute(select(mail.c.id).where(mail.c.sent_by == "kept").limit(1)).scalar_one()
    everybodys = ("/provider", "/provider/waitlist", "/provider/clients", "/provider/holds",
                  "/provider/availability", "/provider/calendars", "/settings/notices",
                  "/settings/channels", "/ops", "/provider/day", "/provider/why")  # fmt: skip
    return [
        *(
            Visit(who, path)
            for who in (OWNER, BEGINNER)
            for path in everybodys
            if (who, path) != (BEGINNER, "/provider/calendars")
        ),
        Visit(BEGINNER, "/provider/calendars/eve"),
        *(Visit(OWNER, f"/settings/notices/{kind}/en") for kind in NOTICES[:2]),
        Visit(OWNER, f"/ops/mails/{mail_id}"),
        Visit(OPS, "/ops"),
        Visit(ADA, "/connect/google/callback", 400),
    ]


def _actor(world: StoryWorld, slug: str = "") -> Actor:
    with world.runtime.database.read() as connection:
        home = connection.execute(select(practice.c.id).where(practice.c.slug == "elm-street")).scalar_one()
        if not slug:
            return Actor(Role.OWNER, home, "user:owner")
        wanted = select(provider.c.id).where(provider.c.practice_id == home, provider.c.slug == slug)
        return Actor(Role.PROVIDER, home, f"user:{slug}", connection.execute(wanted).scalar_one())


def _ask(
    world: StoryWorld, day: int, hour: int, minute: int, name: str, *, client: str | None = None,
    note: str = "", recurring: Recurring | None = None,
) -> str:  # fmt: skip
    """The id of a request for a time of November in New York."""
    form = RequestForm(
        practice="elm-street",
        provider="ada",
        service="90834",
        start=datetime(2026, 11, day, hour + 5, minute, tzinfo=UTC),
        name=name,
        email=f"{name[:3].lower()}@example.com",
        mode="in_person",
        note=note,
        recurring=recurring,
        asking=Asking(client_id=client),
    )
    return world.runtime.desk.request(form, now=world.clock()).id


def _link(world: StoryWorld, name: str, kind: str, path: str) -> str:
    """The address in the mail of that kind about the request of that client."""
    with world.runtime.database.read() as connection:
        wanted = (
            select(mail)
            .join(request, request.c.id == mail.c.request_id)
            .where(request.c.client_name == name, mail.c.kind == kind)
            .order_by(request.c.starts_at, mail.c.id)
        )
        row = connection.execute(wanted).first()
    assert row is not None, (name, kind)
    return world.link_in(world.composed(row), path)
