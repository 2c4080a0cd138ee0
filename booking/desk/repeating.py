"""Decisions about several dates of a series at once: this one, this and all after it, or all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection

from booking.desk import bookings
from booking.desk.bookings import Case
from booking.refusals import Problem, Refused
from booking.series import Scope, chosen
from booking.store import requests

_PASSED_OVER = (Problem.WRONG_STATE, Problem.EXPIRED)
"""What does not fit another date's state leaves that date as it is."""


def grasp(connection: Connection, request_id: str, scope: Scope, *, also: Iterable[str] = ()) -> list[Case]:
    """The dates a decision about a request is about, the request itself first, all locked; one of none is alone."""
    asked = bookings.look(connection, request_id).stored.asked
    if asked.series_id is None or scope is Scope.THIS:
        return [bookings.grasp(connection, request_id, also=also)]
    dates = {each.asked.wall: each.asked.id for each in requests.of_series(connection, asked.series_id)}
    ids = [dates[wall] for wall in chosen(scope, asked.wall, dates)]
    return bookings.grasp_all(
        connection, [request_id, *(each for each in ids if each != request_id)], also=also
    )


def grasp_batch(connection: Connection, request_id: str) -> list[Case]:
    """A request and the other dates of its series that were decided about together with it, locked."""
    case = bookings.look(connection, request_id)
    if case.stored.asked.series_id is None:
        return [bookings.grasp(connection, request_id)]
    together = (case.standing.decided_at, case.standing.last_action)
    ids = [
        each.asked.id
        for each in requests.of_series(connection, case.stored.asked.series_id)
        if (each.standing.decided_at, each.standing.last_action) == together and each.asked.id != request_id
    ]
    return bookings.grasp_all(connection, [request_id, *ids])


def each(cases: Sequence[Case], act: Callable[[Case], Case]) -> list[tuple[Case, Case]]:
    """Does it to the first, and to all others whose state allows it; returns those as they were and as they are."""
    done = [(cases[0], act(cases[0]))]
    for case in cases[1:]:
        try:
            done.append((case, act(case)))
        except Refused as refused:
            if refused.problem not in _PASSED_OVER:
                raise
    return done
