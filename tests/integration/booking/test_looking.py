"""Slots across providers, explanations, busy time, lists and wishes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from booking.desk import Receipt, RequestQuery, SlotQuery, WishForm
from booking.desk import asking as asking_room
from booking.practice import Mode
from booking.refusals import Problem, Refused
from booking.roles import Actor, Role
from booking.store import tables
from booking.store.claims import lock
from tests.support.desk_world import (
    GRACE_HOPPER,
    HOUR,
    MINUTE,
    MONDAY,
    SESSION,
    TEN,
    DeskWorld,
    ada,
    elm_street,
)

OpenDesk = Callable[..., DeskWorld]
BOB = replace(ada(), slug="bob", name="Bob", email="bob@example.com", timezone="Europe/Berlin")
TWO_PROVIDERS = elm_street(providers=(ada(), BOB))
WEDNESDAY = date(2026, 11, 25)


def query(**changes: object) -> SlotQuery:
    base = SlotQuery(practice="elm-street", provider="ada", service="90834")
    return replace(base, **changes)  # type: ignore[arg-type]


def problem(call: Callable[[], object]) -> Problem:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.problem


# Slots


def test_slots_are_told_in_the_zone_that_was_asked_for(world: DeskWorld) -> None:
    answer = world.desk.slots(query(start=WEDNESDAY, end=date(2026, 11, 26), zone="Asia/Tokyo"), now=MONDAY)
    assert answer.timezone == "Asia/Tokyo"
    assert {slot.start.utcoffset() for slot in answer.slots} == {timedelta(hours=9)}
    assert all(slot.start.date() == WEDNESDAY for slot in answer.slots)


def test_slots_are_those_of_two_weeks_from_today_by_default(world: DeskWorld) -> None:
    answer = world.desk.slots(query(), now=MONDAY)
    assert answer.slots[0].start.date() == date(2026, 11, 24)
    assert answer.slots[-1].start.date() == date(2026, 12, 4)


@pytest.mark.parametrize(
    "changes",
    [
        {"start": WEDNESDAY, "end": WEDNESDAY},
        {"start": WEDNESDAY, "end": WEDNESDAY + timedelta(days=93)},
        {"start": date(1, 1, 1), "end": date(1, 1, 2)},
        {"start": date(9999, 12, 30), "end": date(9999, 12, 31)},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"mode": "by_letter"},
        {"service": "none"},
    ],
)
def test_a_query_that_makes_no_sense_is_invalid(world: DeskWorld, changes: dict[str, object]) -> None:
    assert problem(lambda: world.desk.slots(query(**changes), now=MONDAY)) is Problem.INVALID


def test_92_days_may_be_asked_for(world: DeskWorld) -> None:
    longest = query(start=WEDNESDAY, end=WEDNESDAY + timedelta(days=92))
    assert world.desk.slots(longest, now=MONDAY).slots


def test_the_answer_says_when_the_calendars_were_read(world: DeskWorld) -> None:
    document = world.slots().document()
    assert document["checked_at"] == MONDAY.isoformat()
    assert document["freshness"] == "fresh"


def test_busy_time_is_not_on_offer(world: DeskWorld) -> None:
    world.busy(TEN, TEN + HOUR)
    starts = world.starts()
    assert TEN + HOUR in starts
    assert not any(TEN - 45 * MINUTE < start < TEN + HOUR for start in starts)


def test_the_next_times_of_all_providers_come_earliest_first(open_desk: OpenDesk) -> None:
    world = open_desk(TWO_PROVIDERS)
    found = world.desk.next_slots("elm-street", "90834", limit=8, now=MONDAY)
    assert len(found) == 8
    starts = [each.slot.start for each in found]
    assert starts == sorted(starts)
    # Nine o'clock in Berlin comes six hours before nine in New York, but within the notice only 13:00 UTC on.
    assert found[0].provider.slug == "bob"


def test_next_times_are_found_weeks_ahead(world: DeskWorld) -> None:
    world.busy(MONDAY, MONDAY + timedelta(days=40))
    found = world.desk.next_slots("elm-street", "90834", now=MONDAY)
    assert len(found) == 5
    assert found[0].slot.start >= MONDAY + timedelta(days=40)


@pytest.mark.parametrize("limit", [0, 51])
def test_next_takes_1_to_50(world: DeskWorld, limit: int) -> None:
    assert (
        problem(lambda: world.desk.next_slots("elm-street", "90834", limit=limit, now=MONDAY))
        is Problem.INVALID
    )


def test_a_service_that_is_not_online_is_not_listed(open_desk: OpenDesk) -> None:
    hidden = replace(SESSION, code="x", online=False)
    world = open_desk(elm_street(services=(SESSION, hidden)))
    assert [service.code for service in world.desk.services("elm-street", "ada")] == ["90834"]


def test_a_provider_with_a_set_of_her_own_has_no_other(open_desk: OpenDesk) -> None:
    own = replace(SESSION, code="own", modes=(Mode.TELEHEALTH,))
    world = open_desk(elm_street(providers=(ada(own_services=(own,)),)))
    assert [service.code for service in world.desk.services("elm-street", "ada")] == ["own"]


# Explain


def explain(world: DeskWorld, actor: Actor) -> dict[str, object]:
    return world.desk.explain(actor, "ada", service="90834", start=TEN, now=MONDAY).document()


def test_a_free_time_is_bookable_and_every_rule_says_so(world: DeskWorld) -> None:
    document = explain(world, world.owner)
    assert document["bookable"] is True
    reasons = document["reasons"]
    assert isinstance(reasons, list)
    assert len(reasons) == 20
    assert all(reason["passed"] for reason in reasons)


def test_a_taken_time_names_what_takes_it(world: DeskWorld) -> None:
    world.ask()
    document = explain(world, world.owner)
    reasons = document["reasons"]
    assert isinstance(reasons, list)
    assert [reason["rule"] for reason in reasons if not reason["passed"]] == ["booking"]


def test_a_calendar_reason_names_the_calendar(world: DeskWorld) -> None:
    world.busy(TEN, TEN + HOUR)
    reasons = explain(world, Actor(Role.OPS, world.practice_id, "token:ops"))["reasons"]
    assert isinstance(reasons, list)
    sources = [reason["source"] for reason in reasons if reason["rule"] == "calendar"]
    assert [(source["calendar"], source["title"]) for source in sources] == [("Work", None)]


def test_explain_is_for_staff(world: DeskWorld) -> None:
    assert problem(lambda: explain(world, Actor(Role.PUBLIC, world.practice_id, "x"))) is Problem.FORBIDDEN


def test_a_provider_explains_only_herself(open_desk: OpenDesk) -> None:
    world = open_desk(TWO_PROVIDERS)
    assert problem(lambda: explain(world, world.provider_actor("bob"))) is Problem.NOT_FOUND


# Busy


def busy(world: DeskWorld) -> list[tuple[datetime, datetime, list[str]]]:
    answer = world.desk.busy(world.owner, "ada", start=WEDNESDAY, end=date(2026, 11, 26), now=world.now)
    return [(b.start.astimezone(UTC), b.end.astimezone(UTC), list(b.calendars)) for b in answer.busy]


def test_busy_time_is_merged_clipped_and_has_our_bookings_in(world: DeskWorld) -> None:
    world.ask()
    world.busy(TEN + 45 * MINUTE, TEN + 2 * HOUR)
    world.busy(TEN - 30 * HOUR, TEN - 9 * HOUR)
    midnight = datetime(2026, 11, 25, 5, tzinfo=UTC)
    assert busy(world) == [
        (midnight, TEN - 9 * HOUR, ["Work"]),
        (TEN, TEN + 2 * HOUR, ["Work"]),
    ]


def test_what_was_declined_is_no_longer_busy_after_its_grace(world: DeskWorld) -> None:
    asked = world.ask()
    world.desk.decline(world.owner, asked.id, now=world.now)
    world.later(2 * MINUTE)
    assert busy(world) == []


# Lists


def test_the_list_is_paged_by_creation(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(rules={"max_per_day": 0}))
    made = []
    for number in range(5):
        world.later(timedelta(seconds=number % 2))
        made.append(world.ask(start=TEN + number * HOUR, email=f"c{number}@example.com").id)
    found: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = world.desk.requests(world.owner, RequestQuery(limit=2, cursor=cursor))
        found += [item.id for item in page.items]
        cursor = page.next
    assert sorted(found) == sorted(made)
    assert cursor is None


def test_the_list_is_narrowed_by_status_and_provider(open_desk: OpenDesk) -> None:
    world = open_desk(TWO_PROVIDERS)
    first = world.ask()
    world.ask(provider="bob", email="b@example.com", start=datetime(2026, 11, 25, 9, tzinfo=UTC))
    world.desk.accept(world.owner, first.id, now=world.now)

    def ids(actor: Actor, **changes: object) -> list[str]:
        asked = replace(RequestQuery(), **changes)  # type: ignore[arg-type]
        return [item.id for item in world.desk.requests(actor, asked).items]

    assert ids(world.owner, statuses=("accepted", "declined")) == [first.id]
    assert ids(world.owner, provider="ada") == [first.id]
    assert ids(world.provider_actor()) == [first.id]
    assert len(ids(world.owner)) == 2


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 201}, {"statuses": ("open",)}, {"cursor": "x"}, {"cursor": "é"}]
)
def test_a_list_query_that_makes_no_sense_is_invalid(world: DeskWorld, wrong: dict[str, object]) -> None:
    asked = replace(RequestQuery(), **wrong)  # type: ignore[arg-type]
    assert problem(lambda: world.desk.requests(world.owner, asked)) is Problem.INVALID


def test_the_document_has_the_names_that_are_promised(world: DeskWorld) -> None:
    asked = world.ask(note="first visit", phone="+1 555 0100")
    document = world.desk.request_of(world.owner, asked.id).document()
    assert {
        "id", "status", "provider", "service", "mode", "start", "end", "timezone", "client", "note", "created_at",
        "expires_at", "decided_at", "decided_by", "settles_at", "proposal", "unverified", "event", "version",
    } <= set(document)  # fmt: skip
    assert document["client"] == {
        "id": None,
        "name": "Grace Hopper",
        "email": "grace@example.com",
        "phone": "+1 555 0100",
    }
    assert set(document["event"]) == {
        "calendar", "calendar_id", "uid", "remote_id", "state", "written_at",
    }  # fmt: skip
    assert document["start"] == "2026-11-25T10:00:00-05:00"


# Wishes and links


def wish(world: DeskWorld, **changes: str) -> str:
    form = WishForm(
        practice="elm-street", provider="ada", text="Any evening", name="Grace", email="grace@example.com"
    )
    return world.desk.wish(replace(form, **changes), now=world.now)


def test_a_wish_is_stored_and_the_provider_is_told(world: DeskWorld) -> None:
    wish(world)
    with world.database.read() as connection:
        assert connection.execute(select(tables.wish.c.text)).scalar_one() == "Any evening"
    assert world.mails("provider") == ["wish"]


def test_a_wish_needs_words(world: DeskWorld) -> None:
    assert problem(lambda: wish(world, text=" \n")) is Problem.INVALID


def test_a_link_stands_for_its_client_until_it_ends(world: DeskWorld) -> None:
    link = world.desk.client_link(world.practice_id, "c-1", kind="invitation", now=MONDAY)
    found = world.desk.client_by_token("elm-street", link.token, now=MONDAY + timedelta(days=13))
    assert found is not None
    assert found.client.id == "c-1"
    assert world.desk.client_by_token("elm-street", link.token, now=link.expires_at) is None


def test_only_hashes_of_links_are_kept(world: DeskWorld) -> None:
    link = world.desk.client_link(world.practice_id, "c-1", now=MONDAY)
    with world.database.read() as connection:
        rows = connection.execute(select(tables.capability)).all()
    assert link.token not in str(rows)


def test_the_link_of_a_request_stands_for_no_client(world: DeskWorld) -> None:
    asked = world.ask(asking=world.token())
    assert world.desk.client_by_token("elm-street", asked.token, now=MONDAY) is None


@pytest.mark.postgres
@pytest.mark.parametrize("upgraded_url", ["postgresql"], indirect=True)
def test_a_twin_that_waits_too_long_is_told_to_come_back(
    world: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_room, "_TWIN_WAITS", "50ms")
    receipt = Receipt("key", "body", lambda done: b"")
    name = f"idempotency:{world.practice_id}:key"
    with world.database.write() as first:
        lock(first, [name])
        assert (
            problem(lambda: world.desk.request_once(world.form(), receipt, now=world.now))
            is Problem.IDEMPOTENCY_IN_PROGRESS
        )


def test_a_client_of_others_is_unknown_to_a_provider(open_desk: OpenDesk) -> None:
    his = replace(GRACE_HOPPER, providers=("bob",))
    world = open_desk(elm_street(providers=(ada(), BOB), clients=(his,)))
    desk, herself, himself = world.desk, world.provider_actor("ada"), world.provider_actor("bob")
    assert problem(lambda: desk.client_link_by(herself, "c-1", kind="sign_in", now=MONDAY)) is (
        problem(lambda: desk.client_link_by(herself, "nobody", kind="sign_in", now=MONDAY))
    )
    assert problem(lambda: desk.in_the_name_of(herself, "c-1")) is Problem.INVALID
    ask = partial(desk.explain, herself, "ada", service="90834", start=TEN, now=MONDAY)
    assert problem(lambda: ask(client_id="c-1")) is problem(lambda: ask(client_id="nobody"))
    assert desk.client_link_by(himself, "c-1", kind="sign_in", now=MONDAY).client == his
