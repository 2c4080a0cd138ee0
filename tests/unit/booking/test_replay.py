from datetime import date, datetime, time

import pytest

from booking.practice import ClientStatus, Hold, WeeklyRelease
from booking.replay import Booked, Fate, Replay, replay
from booking.world import Asker
from sync.model.moments import wall_to_instant
from sync.model.timespan import TimeSpan

ZONE = "America/New_York"
HOLD = Hold(
    "evening", time(16), time(17), days=frozenset({1}), kept_for=("tag:regulars",),
    release=WeeklyRelease(day=4, time=time(18), weeks_ahead=1),
)  # fmt: skip
REGULAR = Asker(id="c-1", status=ClientStatus.ACTIVE, tags=frozenset({"regulars"}))
STRANGER = Asker()
TUESDAY = date(2026, 1, 13)


def local(day: date, clock: str) -> datetime:
    return wall_to_instant(datetime.combine(day, time.fromisoformat(clock)), ZONE)


def booked(asked: datetime, asker: Asker, clock: str = "16:15") -> Booked:
    start = local(TUESDAY, clock)
    return Booked(TimeSpan(start, start.replace(minute=start.minute + 30)), asked, asker)


def replayed(*bookings: Booked, hold: Hold = HOLD, now: datetime | None = None) -> Replay:
    at = now or local(date(2026, 1, 18), "12:00")
    return replay(hold, bookings, first=date(2026, 1, 12), last=date(2026, 1, 18), zone=ZONE, now=at)


BEFORE, AFTER = local(date(2026, 1, 9), "17:59"), local(date(2026, 1, 9), "18:00")


@pytest.mark.parametrize(
    "bookings, fate",
    [
        ((), Fate.RELEASED_FREE),
        ((booked(AFTER, STRANGER),), Fate.RELEASED_BOOKED),
        ((booked(BEFORE, REGULAR),), Fate.USED),
        ((booked(BEFORE, STRANGER),), Fate.TURNED_AWAY),
        ((booked(BEFORE, STRANGER, "15:15"),), Fate.RELEASED_FREE),
    ],
)
def test_each_time_has_the_fate_it_would_have_had(bookings: tuple[Booked, ...], fate: Fate) -> None:
    found = replayed(*bookings)
    assert [each.fate for each in found.times] == [fate]
    assert found.times[0].released_at == AFTER


def test_a_hold_that_only_a_hand_releases_keeps_its_time() -> None:
    manual = Hold("evening", time(16), time(17), days=frozenset({1}))
    assert [each.fate for each in replayed(hold=manual).times] == [Fate.KEPT_FREE]


def test_what_is_not_over_is_not_replayed() -> None:
    assert replayed(now=local(TUESDAY, "16:59")).times == ()


def test_the_counts_add_up() -> None:
    found = replayed(booked(AFTER, STRANGER))
    assert (found.released, found.count(Fate.RELEASED_BOOKED), len(found.times)) == (1, 1, 1)
