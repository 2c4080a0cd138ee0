"""Time that staff want to take at any minute: where it would be put, and what speaks against it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.availability import Placement, seating
from booking.cautions import cautions, unheeded
from booking.desk.means import Means
from booking.desk.offering import sources_of
from booking.ladder import N_, Reason, Rule
from booking.practice import Mode
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action, Actor
from booking.store import audit
from booking.store.finding import KnownProvider, KnownService
from booking.world import Asker, World
from sync.model.timespan import TimeSpan

_FAR = timedelta(days=800)


@dataclass(frozen=True, slots=True)
class Weighed:
    """``placement`` None: no room is free, and none is given twice. ``cautions`` in ladder order."""

    span: TimeSpan
    placement: Placement | None
    cautions: tuple[Reason, ...]

    @property
    def beside(self) -> bool:
        """True if it comes too close to another booking."""
        return any(reason.rule is Rule.BOOKING for reason in self.cautions)

    def taken_despite(self, despite: Collection[Rule]) -> Placement:
        """The placement. Raises ``Refused`` (``slot-unavailable``) without a room, or for what is not passed over."""
        left = unheeded(self.cautions, despite)
        if left:
            raise Refused(Problem.SLOT_UNAVAILABLE, N_("Something speaks against this time."), cautions=left)
        if self.placement is None:
            raise Refused(Problem.SLOT_UNAVAILABLE, N_("No room is free at this time."))
        return self.placement


def check_ahead(start: datetime, *, now: datetime) -> None:
    """Raises ``Refused`` (``invalid``) for a start that is over, or further away than anything is planned."""
    if not now < start < now + _FAR:
        error = FieldError("start", N_("This time is over, or too far away."))
        raise Refused(Problem.INVALID, errors=[error])


def weighed(
    connection: Connection,
    means: Means,
    actor: Actor,
    world: World,
    provider: KnownProvider,
    service: KnownService,
    *,
    client: Asker,
    start: datetime,
    mode: Mode,
    now: datetime,
    room: str | None = None,
) -> Weighed:
    """``world`` holds the service and the rows around the start; ``room`` is kept if it is free."""
    offered = service.service
    span = TimeSpan(start, start + offered.length)
    reach = span.widened(offered.buffer_before, offered.buffer_after)
    sources = sources_of(connection, means, provider, reach, titles=actor.may(Action.EVENT_TITLES))
    found = cautions(
        world, service=offered.code, client=client, start=start, mode=mode, now=now, sources=sources
    )
    placement = seating(
        world, service=offered.code, client=client, start=start, mode=mode, now=now, room=room
    )
    return Weighed(span, placement, found)


def note(
    connection: Connection, actor: Actor, request_id: str, found: Collection[Reason], *, now: datetime
) -> None:
    """Write down what was passed over on purpose, each rule once."""
    for rule in dict.fromkeys(reason.rule for reason in found):
        audit.note(
            connection,
            practice_id=actor.practice_id,
            at=now,
            actor=actor.id,
            action=audit.OVERRIDE,
            about=f"request:{request_id}",
            after=rule.value,
        )
