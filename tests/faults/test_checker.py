"""The history checker counts each kind of harm where it is planted, and nothing where there is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.faults.checker import count, possible_spans, possible_statuses
from tests.support.faults.history import (
    COUNTED,
    Booked,
    Claimed,
    Counts,
    History,
    Kill,
    Kind,
    Op,
    Outcome,
    Rows,
    Seen,
    Span,
    Written,
)


def at(hour: int) -> Span:
    start = datetime(2026, 11, 25, hour, tzinfo=UTC)
    return start, start + timedelta(minutes=45)


def asked(name: str, hour: int, began: float = 1.0, **rest: object) -> Op:
    base = Op(Kind.ASK, began, began + 0.5, Outcome.DONE, began + 0.9, name, f"{name}@example.com", at(hour))
    return replace(base, **rest)  # type: ignore[arg-type]


def deed(kind: Kind, began: float, *, settled: float | None = -1, **rest: object) -> Op:
    rests = began + 0.9 if settled == -1 else settled
    return replace(Op(kind, began, began + 0.5, Outcome.DONE, rests, "b1"), **rest)  # type: ignore[arg-type]


def booked(name: str, hour: int, status: str = "pending") -> Booked:
    return Booked(name, f"{name}@example.com", f"session-{name}", status, at(hour))


def event(name: str, hour: int, status: str = "TENTATIVE", text: str = "") -> Seen:
    return Seen(f"event-{name}", f"{name}@freehold", at(hour), status, text, '"1"')


def hers(hour: int = 15, text: str | None = "as it is") -> Op:
    return Op(Kind.ADD, 2.0, 2.5, Outcome.DONE, 2.9, name="hers", span=at(hour), text=text)


HISTORY = History([asked("b1", 9), asked("b2", 10, 1.1), hers()], [Kill("K5", 1.2, 0.5)])
ROWS = Rows(
    requests=(booked("b1", 9), booked("b2", 10)),
    claims=(Claimed("provider:ada", "session-b1", at(9)), Claimed("provider:ada", "session-b2", at(10))),
    entries=(Written("b1", "b1@freehold", False, '"1"'), Written("b2", "b2@freehold", False, '"1"')),
    busy=frozenset({at(15)}),
)
REMOTE = (event("b1", 9), event("b2", 10), Seen("hers", "hers@ada", at(15), "CONFIRMED", "as it is"))


def found(history: History = HISTORY, rows: Rows = ROWS, remote: tuple[Seen, ...] = REMOTE) -> set[str]:
    """The names of the counts that are not 0."""
    counts = count(history, rows, remote)
    return {name for name in COUNTED if getattr(counts, name)}


def history(*more: Op, kills: tuple[Kill, ...] = ()) -> History:
    return History([*HISTORY.ops, *more], [*HISTORY.kills, *kills])


def test_where_all_is_well_nothing_is_counted() -> None:
    assert count(HISTORY, ROWS, REMOTE) == Counts()


def test_an_acknowledged_request_that_is_not_stored_is_lost() -> None:
    assert found(history(asked("b3", 11))) == {"lost"}


def test_a_live_request_without_an_event_is_lost() -> None:
    assert found(remote=REMOTE[1:]) == {"lost"}


def test_a_decision_that_is_not_stored_is_lost() -> None:
    assert found(history(deed(Kind.ACCEPT, 5))) == {"lost"}


def test_a_decision_that_the_event_does_not_show_is_lost() -> None:
    rows = replace(ROWS, requests=(booked("b1", 9, "accepted"), ROWS.requests[1]))
    assert found(history(deed(Kind.ACCEPT, 5)), rows) == {"lost"}


def test_an_event_at_another_time_than_its_request_is_lost() -> None:
    assert found(remote=(event("b1", 12), *REMOTE[1:])) == {"lost"}


def test_a_drag_that_changes_nothing_here_is_lost() -> None:
    assert found(history(deed(Kind.DRAG, 5, span=at(13)))) == {"lost"}


def test_a_note_that_is_gone_from_its_event_is_lost() -> None:
    noted = history(deed(Kind.NOTE, 5, text="bring a chair"))
    assert found(noted) == {"lost"}
    assert not found(noted, remote=(event("b1", 9, text="bring a chair"), *REMOTE[1:]))


def test_an_event_of_the_provider_that_blocks_nothing_is_lost() -> None:
    assert found(rows=replace(ROWS, busy=frozenset())) == {"lost"}


def test_two_requests_for_one_asking_are_a_duplicate() -> None:
    rows = replace(ROWS, requests=(*ROWS.requests, Booked("b9", "b1@example.com", "s", "declined", at(16))))
    assert found(rows=rows) == {"duplicated"}


def test_two_events_of_one_booking_are_a_duplicate() -> None:
    rows = replace(ROWS, entries=(*ROWS.entries, Written("b1", "again@freehold", True)))
    assert found(rows=rows, remote=(*REMOTE, event("again", 9))) == {"duplicated"}


def test_two_live_requests_at_one_time_are_a_double_booking() -> None:
    rows = replace(ROWS, requests=(booked("b1", 9), booked("b2", 9)))
    doubled = History([asked("b1", 9), asked("b2", 9, 1.1), hers()])
    assert found(doubled, rows, (REMOTE[0], event("b2", 9), REMOTE[2])) == {"double_booked"}


def test_two_claims_at_one_time_are_a_double_booking() -> None:
    rows = replace(ROWS, claims=(*ROWS.claims, Claimed("provider:ada", "another", at(10))))
    assert found(rows=rows) == {"double_booked"}


def test_a_request_at_a_time_known_to_be_taken_is_a_double_booking() -> None:
    late = History([asked("b1", 9, 5.0), HISTORY.ops[1], hers(9)])
    rows = replace(ROWS, busy=frozenset({at(9)}))
    remote = (*REMOTE[:2], replace(REMOTE[2], span=at(9)))
    assert found(late, rows, remote) == {"double_booked"}


def test_a_request_that_was_there_before_the_event_is_none() -> None:
    early = History([asked("b1", 9, 1.0), HISTORY.ops[1], hers(9)])
    rows = replace(ROWS, busy=frozenset({at(9)}))
    assert not found(early, rows, (*REMOTE[:2], replace(REMOTE[2], span=at(9))))


@pytest.mark.parametrize("text", ["otherwise", None])
def test_an_event_of_the_provider_that_is_not_as_she_left_it_was_touched(text: str | None) -> None:
    remote = REMOTE[:2] if text is None else (*REMOTE[:2], replace(REMOTE[2], text=text))
    assert found(remote=remote) == {"foreign_touched"}


def test_an_event_that_the_provider_removed_and_that_is_back_was_touched() -> None:
    gone = history(Op(Kind.REMOVE, 3.0, 3.1, Outcome.DONE, 3.2, name="hers"))
    assert found(gone, replace(ROWS, busy=frozenset())) == {"foreign_touched"}


def test_an_event_of_a_request_that_is_over_is_an_orphan() -> None:
    rows = replace(
        ROWS,
        requests=(booked("b1", 9, "cancelled"), ROWS.requests[1]),
        entries=(replace(ROWS.entries[0], closed=True), ROWS.entries[1]),
    )
    assert found(history(deed(Kind.CANCEL, 5)), rows) == {"orphaned"}


def test_an_event_nobody_knows_is_an_orphan() -> None:
    assert found(remote=(*REMOTE, event("made-twice", 16))) == {"orphaned"}


def test_a_request_whose_client_was_refused_is_an_orphan() -> None:
    refused = History([asked("b1", 9, outcome=Outcome.REFUSED), *HISTORY.ops[1:]])
    assert found(refused) == {"orphaned"}


def test_blocked_time_without_an_event_is_an_orphan() -> None:
    assert found(rows=replace(ROWS, busy=frozenset({at(15), at(16)}))) == {"orphaned"}


@pytest.mark.parametrize("recovered", [None, 61.0])
def test_a_fault_that_is_not_over_in_a_minute_is_stuck(recovered: float | None) -> None:
    assert found(history(kills=(Kill("K6", 1.0, recovered),))) == {"stuck"}


def test_work_that_is_left_is_stuck() -> None:
    assert found(rows=replace(ROWS, unrest=("1 writes are not done",))) == {"stuck"}


def test_a_deed_without_an_answer_is_stuck() -> None:
    assert found(history(asked("b3", 11, outcome=Outcome.UNKNOWN, booking=""))) == {"stuck"}


def test_a_mirror_that_has_not_seen_the_last_version_is_stuck() -> None:
    assert found(remote=(replace(REMOTE[0], etag='"2"'), *REMOTE[1:])) == {"stuck"}


def test_decisions_one_after_the_other_leave_one_status() -> None:
    assert possible_statuses([deed(Kind.ACCEPT, 1), deed(Kind.CANCEL, 3)]) == {"cancelled"}
    assert possible_statuses([deed(Kind.DECLINE, 1), deed(Kind.ACCEPT, 3)]) == {"declined"}


def test_decisions_that_cross_leave_what_any_order_of_them_leaves() -> None:
    crossing = [deed(Kind.DECLINE, 1, settled=4), deed(Kind.ACCEPT, 1.2, settled=4)]
    assert possible_statuses(crossing) == {"declined", "accepted"}


def test_a_decision_without_an_answer_may_or_may_not_have_happened() -> None:
    assert possible_statuses([deed(Kind.ACCEPT, 1, outcome=Outcome.UNKNOWN)]) == {"pending", "accepted"}


def test_a_refused_decision_changes_nothing() -> None:
    assert possible_statuses([deed(Kind.ACCEPT, 1, outcome=Outcome.REFUSED)]) == {"pending"}


def test_the_last_drag_decides_where_a_request_is() -> None:
    assert possible_spans([asked("b1", 9), deed(Kind.DRAG, 5, span=at(11))]) == {at(11)}
