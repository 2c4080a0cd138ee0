"""One change of a request, carried out everywhere it shows: row, claims, calendar entry, audit, mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.desk import showing, telling
from booking.desk.means import Means
from booking.desk.telling import Told
from booking.freshness import FreshnessState, state
from booking.notices import Notice
from booking.refusals import Problem, Refused
from booking.reminders import planned
from booking.requests import Seat, Standing, held
from booking.rules import Rules
from booking.store import audit, capabilities, claims, finding, reminders, requests
from booking.store.finding import KnownProvider
from booking.store.requests import Stored
from sync.model.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class Case:
    """A request under the locks of its provider and room, with what decisions about it need to know."""

    stored: Stored
    provider: KnownProvider
    service_name: str
    telehealth_url: str
    grace: timedelta
    moves_at_once: bool
    rules: Rules
    capacity: int

    @property
    def id(self) -> str:
        return self.stored.asked.id

    @property
    def standing(self) -> Standing:
        return self.stored.standing

    @property
    def seat(self) -> Seat:
        return self.standing.seat

    @property
    def holder(self) -> claims.Holder:
        return claims.Holder(self.id, self.stored.asked.practice_id, self.capacity)

    @property
    def resources(self) -> set[str]:
        """All that the request holds time of, or that undo would have it hold again."""
        states = [self.standing, *self.standing.earlier]
        seats = [state.seat for state in states]
        seats += [place.seat for state in states if state.proposal for place in state.proposal.places]
        return {name for seat in seats for name in claims.resources_of(seat)}


def look(connection: Connection, request_id: str) -> Case:
    """The request as it is now, without locks."""
    stored = requests.find(connection, request_id)
    if stored is None:
        raise Refused(Problem.NOT_FOUND)
    return case_of(connection, stored)


def case_of(connection: Connection, stored: Stored) -> Case:
    """A stored request with what decisions about it need to know."""
    seat = stored.standing.seat
    provider = finding.provider_by_id(connection, seat.provider_id)
    if provider is None:
        raise Refused(Problem.NOT_FOUND)
    service = finding.service_by_id(connection, provider, seat.service_id)
    return Case(
        stored=stored,
        provider=provider,
        service_name=service.service.name,
        telehealth_url=service.service.telehealth_url or "",
        grace=service.rules.decision_grace,
        moves_at_once=service.rules.moved_in_calendar == "reschedule",
        rules=service.rules,
        capacity=service.service.capacity,
    )


def grasp(connection: Connection, request_id: str, *, also: Iterable[str] = ()) -> Case:
    """The request as it is now, locked until the transaction ends: nobody changes its provider's time meanwhile.

    ``also``: further resources whose time it may come to take.
    """
    claims.lock(connection, {*look(connection, request_id).resources, *also})
    return look(connection, request_id)


def grasp_all(connection: Connection, request_ids: Sequence[str], *, also: Iterable[str] = ()) -> list[Case]:
    """Several requests as they are now, all locked alike, in the order of the ids."""
    seen = [look(connection, request_id) for request_id in request_ids]
    claims.lock(connection, {name for case in seen for name in case.resources} | set(also))
    return [look(connection, request_id) for request_id in request_ids]


def save(
    connection: Connection,
    case: Case,
    standing: Standing,
    *,
    actor: str,
    action: str,
    now: datetime,
    keep_buffers: bool = True,
    beside: bool = False,
    conflict: str | None = None,
    title: str | None = None,
) -> Case:
    """Store a changed standing with the claims that go with it. Raises ``claims.Taken``."""
    stored = requests.save(connection, case.stored, standing, conflict=conflict, title=title)
    stays = standing.seat.provider_id == case.seat.provider_id
    after = replace(case, stored=stored) if stays else case_of(connection, stored)
    plan_reminders(connection, after, now=now)
    hold(connection, after, now=now, keep_buffers=keep_buffers, beside=beside)
    if standing.span.end > case.standing.span.end:
        capabilities.prolong(connection, request_id=case.id, until=standing.span.end)
    audit.note(
        connection,
        practice_id=case.stored.asked.practice_id,
        at=now,
        actor=actor,
        action=action,
        about=f"request:{case.id}",
        before=case.standing.status.value,
        after=standing.status.value,
    )
    return after


def hold(
    connection: Connection, case: Case, *, now: datetime, keep_buffers: bool = True, beside: bool = False
) -> None:
    """Make the claims what the standing says. Raises ``claims.Taken``."""
    holdings = held(case.standing, now=now)
    claims.hold(connection, case.holder, holdings, now=now, keep_buffers=keep_buffers, beside=beside)


def plan_reminders(connection: Connection, case: Case, *, now: datetime) -> None:
    """Reminders of an appointment, for the start it has now; those of another start come to nothing by themselves."""
    asked = case.stored.asked
    found = planned(case.standing, case.rules.reminders, now=now)
    reminders.plan(connection, practice_id=asked.practice_id, request_id=asked.id, reminders=found)


def show(connection: Connection, means: Means, *cases: Case, now: datetime) -> None:
    """Say in the providers' calendars what is true: the event of a live request, no event of any other.

    ``cases`` are requests as they are, and as they were if that was shown by another event.
    """
    standings = [case.standing for case in cases]
    formers = [standing.former for standing in standings if standing.former is not None]
    # In one order, whichever request it is about.
    for event in sorted({standing.seat.event for standing in (*standings, *formers)}):
        showing.show(connection, means, event, now=now)


def is_closed(connection: Connection, means: Means, case: Case, *, now: datetime) -> bool:
    """True if the provider's calendars were last read too long ago for any time to be promised."""
    known = means.mirror.freshness(connection, case.provider.id)
    return state(known, now=now, rules=case.rules) is FreshnessState.CLOSED


def is_free(connection: Connection, means: Means, case: Case, span: TimeSpan) -> bool:
    """True if no outside event that blocks lies in the span; claims are for the claims to say."""
    return is_free_of(connection, means, case.provider.id, span)


def is_free_of(connection: Connection, means: Means, provider_id: str, span: TimeSpan) -> bool:
    """The same of any provider."""
    rows = means.mirror.busy(connection, provider_id, span)
    return all(row.soft for row in rows)


def tell(
    connection: Connection,
    case: Case,
    notices: Iterable[Notice],
    *,
    now: datetime,
    mark: str = "",
    useless_at: datetime | None = None,
) -> None:
    """Queue what the practice and the client want told, to each recipient once for this version of the request.

    With a ``mark`` it is once for the mark, whatever the version. From ``useless_at`` on it is not sent.
    """
    told = Told(case.stored, case.provider, case.service_name, case.telehealth_url)
    for notice in notices:
        telling.tell(
            connection, told, notice, mark=mark or str(case.stored.version), now=now, useless_at=useless_at
        )
