"""What a change opens and closes is exactly what slots say before and after it."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from booking.availability import open_slots
from booking.impact import LOOKED_AHEAD, Impact, impact, stated
from booking.practice import (
    Block,
    Client,
    ClientStatus,
    DateOverride,
    Hold,
    Mode,
    Practice,
    Privilege,
    Provider,
    Service,
)
from booking.world import Asker, World
from sync.model.timespan import TimeSpan
from tests.support.offers import MONDAY, MORNING, NOW, SESSION, ZONE, booked, span

GRACE = Client("c-1", "Grace", "grace@example.com", ClientStatus.ACTIVE, tags=("regulars",))
NEW = replace(GRACE, id="c-2", status=ClientStatus.NEW, tags=())
EVENING = Block(frozenset({0}), time(17), time(18))


def practice(*, switch: bool = True, clients: tuple[Client, ...] = (GRACE, NEW), **changes: Any) -> Practice:
    ada = Provider("ada", "Ada", "ada@example.com", ZONE, self_scheduling=True, availability=(MORNING,))
    own = {
        name: changes.pop(name)
        for name in list(changes)
        if name in Provider.__dataclass_fields__ and name != "services"
    }
    base = Practice("elm", "Elm", ZONE, self_scheduling=switch, services=(SESSION,), clients=clients)
    return replace(base, providers=(replace(ada, **own),), **changes)


def base(**rows: Any) -> World:
    return World("ada", ZONE, False, False, offers={}, **rows)


def seen(old: Practice | None, new: Practice, **rows: Any) -> Impact:
    known = {client.id: client for client in (old or new).clients}
    people = [(known.get(client.id, client), client) for client in new.clients]
    return impact("ada", base(**rows), stated(old, "ada"), stated(new, "ada"), people, now=NOW)


MONDAYS = 4
A_MORNING = 10
"""Times of a session in it."""


def test_the_practices_switch_opens_all_and_concerns_everybody() -> None:
    found = seen(practice(switch=False), practice())
    assert (found.opens, found.closes) == (MONDAYS * A_MORNING, 0)
    assert found.strangers
    assert found.clients == {"c-1", "c-2"}


def test_the_switch_alone_opens_nothing() -> None:
    shut = {"self_scheduling": False}
    assert seen(replace(practice(**shut), self_scheduling=False), practice(**shut)).nothing


def test_a_block_more_opens_what_no_event_takes() -> None:
    found = seen(practice(), practice(availability=(MORNING, EVENING)), busy=[span("17:00", "17:30")])
    assert (found.opens, found.closes) == (2 * (MONDAYS - 1), 0)


def test_a_closed_date_says_what_is_booked_on_it() -> None:
    closed = practice(overrides=(DateOverride(MONDAY, MONDAY),))
    found = seen(practice(), closed, bookings=[booked("09:00", "09:45")._replace(service="s")])
    assert (found.opens, found.closes) == (0, 7)
    assert [row.session for row in found.stranded] == ["b-1"]


def test_a_hold_closes_times_for_all_but_those_it_is_for() -> None:
    hold = Hold("early", time(9), time(10), days=frozenset({0}), kept_for=("tag:regulars",))
    found = seen(practice(), practice(holds=(hold,)))
    assert found.closes == MONDAYS * 4
    assert found.clients == {"c-2"}
    assert found.strangers


def test_a_privilege_concerns_one_client_alone() -> None:
    called = replace(GRACE, privilege=Privilege.CALL_US)
    found = seen(practice(), practice(clients=(called, NEW)))
    assert found.closes == MONDAYS * A_MORNING
    assert (found.clients, found.strangers) == ({"c-1"}, False)


def test_a_service_is_counted_by_its_code() -> None:
    intake = Service("i", "Intake", timedelta(minutes=90), modes=(Mode.IN_PERSON,))
    found = seen(practice(), practice(services=(SESSION, intake)))
    assert dict(found.opened) == {"i": MONDAYS * 7}
    assert not found.closed


def test_a_provider_who_comes_or_goes() -> None:
    assert seen(None, practice()).opens == MONDAYS * A_MORNING
    assert seen(practice(), replace(practice(), providers=())).closes == MONDAYS * A_MORNING


def test_a_rule_moves_what_slots_move() -> None:
    """The preview and the slots agree time by time."""
    after = practice(rules={"minimum_notice": timedelta(days=12), "increment": timedelta(minutes=20)})
    starts = []
    for each in (practice(), after):
        terms = stated(each, "ada")
        assert terms is not None
        world = World("ada", ZONE, True, True, offers=terms.offers, blocks=terms.blocks)
        window = TimeSpan(NOW, NOW + LOOKED_AHEAD)
        found = open_slots(world, service="s", client=Asker(), window=window, now=NOW)
        starts.append({slot.start for slot in found})
    found = seen(practice(), after)
    assert (found.opens, found.closes) == (len(starts[1] - starts[0]), len(starts[0] - starts[1]))
