"""What time alone brings about, and that it happens once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from booking.desk import Asking
from booking.practice import Client, ClientStatus, Hold, WeeklyRelease
from booking.refusals import Refused
from booking.store import tables
from tests.support.desk_world import HOUR, MINUTE, MONDAY, TEN, DeskWorld, ada, elm_street

OpenDesk = Callable[..., DeskWorld]


def test_an_expired_request_frees_its_time_and_leaves_the_calendar(world: DeskWorld) -> None:
    asked = world.ask()
    world.later(24 * HOUR)
    assert world.desk.expire(now=world.now) == 1
    view = world.desk.request_of(world.owner, asked.id)
    assert (view.status, view.decided_by) == ("expired", "timer")
    assert world.event(asked.id) is None
    assert world.held() == []
    assert world.mails() == ["created", "expired"]


def test_nothing_expires_before_its_time_or_twice(world: DeskWorld) -> None:
    world.ask()
    assert world.desk.expire(now=world.now + 24 * HOUR - timedelta(microseconds=1)) == 0
    assert world.desk.expire(now=world.now + 24 * HOUR) == 1
    assert world.desk.expire(now=world.now + 24 * HOUR) == 0
    assert world.mails() == ["created", "expired"]


def test_the_time_of_an_expired_request_is_offered_before_a_timer_comes(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(rules={"minimum_notice": HOUR}))
    world.ask()
    world.later(24 * HOUR)
    world.read_at(world.now)
    assert TEN in world.starts()
    assert world.ask(email="other@example.com").status == "pending"


def test_an_appointment_does_not_expire(world: DeskWorld) -> None:
    request_id = world.accepted()
    world.later(30 * HOUR)
    assert world.desk.expire(now=world.now) == 0
    assert world.desk.request_of(world.owner, request_id).status == "accepted"


def test_many_expire_in_one_go(open_desk: OpenDesk) -> None:
    world = open_desk(elm_street(rules={"max_per_day": 0}))
    for number in range(5):
        world.ask(start=TEN + number * HOUR, email=f"c{number}@example.com")
    world.later(24 * HOUR)
    assert world.desk.expire(now=world.now) == 5


# Prime time

EVENING = Hold(
    "evening", time(10), time(11), days=frozenset({2}), kept_for=("tag:regulars",),
    release=WeeklyRelease(day=4, time=time(18), weeks_ahead=1),
)  # fmt: skip
REGULAR = Client("c-1", "Grace Hopper", "grace@example.com", ClientStatus.ACTIVE, tags=("regulars",))
FRIDAY_SIX = datetime(2026, 11, 27, 23, tzinfo=UTC)
NEXT_TEN = datetime(2026, 12, 2, 15, tzinfo=UTC)


def held_practice() -> object:
    return elm_street(providers=(ada(holds=(EVENING,)),), clients=(REGULAR,), rules={"minimum_notice": HOUR})


def releases(world: DeskWorld) -> list[tuple[date, str]]:
    table = tables.hold_release
    with world.database.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.day)).all()
    return [(row.day, row.state) for row in rows]


def test_held_time_is_for_those_it_is_kept_for(open_desk: OpenDesk) -> None:
    world = open_desk(
        elm_street(
            providers=(ada(holds=(Hold("ten", time(10), time(11), days=frozenset({2}), kept_for=("tag:regulars",)),)),),
            clients=(REGULAR,),
        )
    )  # fmt: skip
    assert TEN not in world.starts()
    assert TEN in world.starts(asking=Asking(client_id="c-1"))


def test_a_week_is_released_once_however_often_the_timer_comes(open_desk: OpenDesk) -> None:
    world = open_desk(held_practice())
    world.desk.release_holds(now=MONDAY)
    before = releases(world)
    assert world.desk.release_holds(now=FRIDAY_SIX - MINUTE) == 0
    assert world.desk.release_holds(now=FRIDAY_SIX) == 1
    assert world.desk.release_holds(now=FRIDAY_SIX + MINUTE) == 0
    assert releases(world) == [*before, (date(2026, 11, 30), "released")]


def test_released_time_is_on_offer_at_the_instant_without_a_timer(open_desk: OpenDesk) -> None:
    world = open_desk(held_practice())

    def offered(moment: datetime) -> bool:
        world.now = moment
        world.read_at(moment)
        form = world.form(start=NEXT_TEN, email=f"{moment.timestamp()}@example.com")
        try:
            world.desk.request(form, now=moment)
        except Refused:
            return False
        return True

    assert not offered(FRIDAY_SIX - MINUTE)
    assert offered(FRIDAY_SIX)
    assert releases(world) == []


def test_a_timer_that_was_away_for_weeks_tells_what_it_missed(open_desk: OpenDesk) -> None:
    world = open_desk(held_practice())
    world.desk.release_holds(now=MONDAY)
    world.desk.release_holds(now=MONDAY + timedelta(days=21))
    states = dict(releases(world))
    assert states[date(2026, 11, 30)] == "missed"
    assert states[date(2026, 12, 7)] == "missed"
    assert states[date(2026, 12, 14)] == "released"


def test_a_lapsed_request_deleted_in_the_calendar_keeps_nobody_from_its_time(world: DeskWorld) -> None:
    late = world.ask(email="other@example.com")
    assert late.expires_at is not None
    world.now = late.expires_at
    world.read_at(world.now)
    world.ask()
    assert world.delete(late.id) == "nothing to decide"
    world.desk.expire(now=world.now)
    assert world.desk.request_of(world.owner, late.id).status == "expired"
