from datetime import UTC, datetime, timedelta

from booking.claims import Claim, ClashKind, clashes
from sync.model.timespan import TimeSpan

NINE = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)


def claim(
    start: int, end: int, session: str = "b-1", *, before: int = 0, after: int = 0, resource: str = "ada"
) -> Claim:
    """A claim from minute to minute after nine."""
    span = TimeSpan(NINE + timedelta(minutes=start), NINE + timedelta(minutes=end))
    return Claim(resource, span, session, timedelta(minutes=before), timedelta(minutes=after))


def kinds(existing: list[Claim], wanted: Claim, **asked: int) -> list[ClashKind]:
    return [clash.kind for clash in clashes(existing, wanted, **asked)]


def test_two_sessions_never_share_an_instant() -> None:
    assert kinds([claim(0, 45)], claim(30, 75, "b-2")) == [ClashKind.OVERLAP]


def test_a_session_may_begin_the_instant_another_ends() -> None:
    assert kinds([claim(0, 45)], claim(45, 90, "b-2")) == []


def test_the_larger_buffer_is_kept_and_not_the_sum() -> None:
    first = claim(0, 45, after=10)
    assert kinds([first], claim(55, 100, "b-2", before=10)) == []
    assert kinds([first], claim(54, 99, "b-2", before=5)) == [ClashKind.TOO_CLOSE]
    assert kinds([first], claim(59, 104, "b-2", before=15)) == [ClashKind.TOO_CLOSE]


def test_buffers_are_kept_whichever_of_the_two_was_there_first() -> None:
    later = claim(60, 105, before=20)
    assert kinds([later], claim(0, 45, "b-2")) == [ClashKind.TOO_CLOSE]
    assert kinds([later], claim(0, 40, "b-2")) == []


def test_a_buffer_that_points_away_keeps_nothing_apart() -> None:
    assert kinds([claim(0, 45, before=30)], claim(45, 90, "b-2", after=30)) == []


def test_another_resource_is_no_obstacle() -> None:
    assert kinds([claim(0, 45, resource="room/blue")], claim(0, 45, "b-2")) == []


def test_a_group_shares_its_session_while_seats_are_left() -> None:
    seats = [claim(0, 45, "group"), claim(0, 45, "group")]
    assert kinds(seats, claim(0, 45, "group"), capacity=3) == []
    assert kinds(seats, claim(0, 45, "group"), capacity=2) == [ClashKind.FULL, ClashKind.FULL]


def test_a_proposal_holds_two_spans_of_one_session() -> None:
    assert kinds([claim(0, 45)], claim(30, 75)) == []


def test_every_clash_is_named() -> None:
    existing = [claim(0, 45, "b-1"), claim(60, 90, "b-2", before=20), claim(300, 345, "b-3")]
    assert [clash.claim.session for clash in clashes(existing, claim(30, 50, "b-4"))] == ["b-1", "b-2"]
