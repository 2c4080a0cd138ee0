"""What providers do in their calendars, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from booking import series
from booking.desk import bookings, deciding, events, marking, showing
from booking.desk.bookings import Case
from booking.desk.forms import CalendarChange
from booking.desk.means import Means
from booking.invitation import Decision, read_decision
from booking.notices import Audience, Kind, Notice
from booking.requests import Action, By, Place, Standing, Status, decided, lapsed, moved, proposed
from booking.store import claims, requests
from booking.store import series as plans
from sync.model.event import Series
from sync.model.timespan import TimeSpan

ACTOR = "calendar"
LATE = "late_acceptance"
ONTO = "moved_onto_booking"
GROUP = "moved_group"
_NOTHING = "nothing to decide"
_UNDONE = "undone"
_OWN = "the provider's own"
_LONGEST = 60


def settle(connection: Connection, means: Means, change: CalendarChange, *, now: datetime) -> str:
    """The outcome in a word or two. Nothing here depends on how long ago the change was read."""
    known = requests.of_event(connection, change.booking_ref)
    if not known:
        if requests.find(connection, change.booking_ref) is not None:
            # It is shown by another event by now: in another calendar, or with a group.
            return _NOTHING
        marker = marking.settle(connection, means, change.kind, change.booking_ref, now=now)
        return marker or events.settle(connection, change.kind, change.booking_ref, now=now)
    cases = bookings.grasp_all(connection, [stored.asked.id for stored in known])
    if change.kind == "deleted":
        return _deleted(connection, means, cases, change.booking_ref, now)
    if change.kind == "restored":
        return _put_back_in(connection, means, cases, change.booking_ref, now)
    if change.after is not None and known[0].asked.series_id == change.booking_ref:
        return _dates_edited(connection, means, cases, change, change.after, now)
    label = showing.label_of([case.stored for case in cases])
    return _one_word([_edited(connection, means, case, change, label, now) for case in cases])


def _one_word(outcomes: list[str]) -> str:
    """What became of an event that stands for several: each outcome once."""
    told = [outcome for outcome in dict.fromkeys(outcomes) if outcome != _NOTHING]
    return ", ".join(told)[:_LONGEST] or _NOTHING


def _deleted(connection: Connection, means: Means, cases: list[Case], event: str, now: datetime) -> str:
    outcomes = [_gone(connection, case, now) for case in cases]
    if any(outcome not in (_NOTHING, "over") for outcome in outcomes):
        if any(case.standing.live and case.standing.span.end > now for case in _anew(connection, cases)):
            showing.show(connection, means, event, now=now)
        else:
            # Dates of a series that are over went with the others, and stay away.
            means.mirror.take_out(connection, booking_ref=event, now=now)
    return _one_word(outcomes)


def _anew(connection: Connection, cases: list[Case]) -> list[Case]:
    return [bookings.look(connection, case.id) for case in cases]


def _put_back_in(connection: Connection, means: Means, cases: list[Case], event: str, now: datetime) -> str:
    """While the grace of its removal runs that undoes it; an event none of whose requests lives is hers from now on."""
    outcomes = [_restored(connection, means, case, now) for case in cases]
    standings = [case.standing for case in _anew(connection, cases)]
    # Dates that are over and stay accepted do not make the others ours again.
    coming = any(standing.live and standing.span.end > now for standing in standings)
    if not coming and not all(standing.live for standing in standings):
        means.mirror.give_up(connection, booking_ref=event, now=now)
        return _OWN
    return _one_word(outcomes)


def _dates_edited(
    connection: Connection,
    means: Means,
    cases: list[Case],
    change: CalendarChange,
    after: Series,
    now: datetime,
) -> str:
    """Each date of a series for itself: one that is left out now has gone, one that was moved is dragged."""
    plan = plans.find(connection, change.booking_ref)
    by_wall = {case.stored.asked.wall: case for case in cases}
    said = series.read_changes(change.before, after, plan, by_wall, label=cases[0].stored.asked.title)
    outcomes = []
    for each in said:
        case = by_wall[each.wall]
        if each.decision is None:
            outcomes.append(_gone(connection, case, now))
        elif not case.standing.live and case.standing.status is not Status.EXPIRED:
            outcomes.append(_put_in_again(connection, means, case, now))
        else:
            outcomes.append(_answered(connection, means, case, each.decision, now))
    showing.show(connection, means, change.booking_ref, now=now)
    return _one_word([outcome for outcome in outcomes if outcome != "kept"]) if outcomes else _NOTHING


def _put_in_again(connection: Connection, means: Means, case: Case, now: datetime) -> str:
    """A date that was taken out there is back: within the grace that undoes it."""
    if not _removed_there_just_now(case.standing, now):
        return _NOTHING
    deciding.undo_of(connection, means, case, By.CALENDAR, actor=ACTOR, now=now)
    return _UNDONE


def _gone(connection: Connection, case: Case, now: datetime) -> str:
    """Gone while pending is declined, gone after acceptance is cancelled. What is over may be tidied away."""
    standing = case.standing
    if not standing.live or lapsed(standing, now=now):
        return _NOTHING
    if standing.span.end <= now:
        return "over"
    action = Action.DECLINE if standing.status is Status.PENDING else Action.CANCEL
    after = decided(standing, action, By.CALENDAR, now=now, grace=case.grace)
    if after is None:
        return _NOTHING
    bookings.save(connection, case, after, actor=ACTOR, action=action.value, now=now)
    return after.status.value


def _restored(connection: Connection, means: Means, case: Case, now: datetime) -> str:
    standing = case.standing
    if standing.live or not _removed_there_just_now(standing, now):
        return _NOTHING
    deciding.undo_of(connection, means, case, By.CALENDAR, actor=ACTOR, now=now)
    return _UNDONE


def _removed_there_just_now(standing: Standing, now: datetime) -> bool:
    """True while the grace of a removal in the calendar runs."""
    removed_there = standing.decided_by is By.CALENDAR and standing.former is not None
    return removed_there and standing.settles_at is not None and now < standing.settles_at


def _edited(
    connection: Connection,
    means: Means,
    case: Case,
    change: CalendarChange,
    label: str,
    now: datetime,
) -> str:
    standing = case.standing
    if change.after is None or standing.status in (Status.DECLINED, Status.CANCELLED):
        return _NOTHING
    said = read_decision(change.before, change.after, label=label, zone=case.seat.timezone)
    dragged = standing.live and said.span != standing.span
    if dragged and claims.shared(connection, case.seat.session, case.id, now=now):
        # Each client of a group would have to be asked, and whoever left may still come back; it stays where it is.
        _object(connection, means, case, standing, GROUP, now)
        return "conflict"
    return _answered(connection, means, case, said, now)


def _answered(connection: Connection, means: Means, case: Case, said: Decision, now: datetime) -> str:
    standing = case.standing
    if not standing.live or lapsed(standing, now=now):
        return _accepted_late(connection, means, case, now) if said.accepted else _NOTHING
    if said.span != standing.span:
        return _dragged(connection, means, case, said, now)
    if standing.proposal is not None and standing.proposal.by is By.CALENDAR:
        # Dragged back to where it was: the proposal is withdrawn.
        standing = replace(standing, proposal=None)
        case = bookings.save(connection, case, standing, actor=ACTOR, action="withdraw", now=now)
    if said.accepted and standing.status is Status.PENDING:
        return _accepted(connection, means, case, now)
    return "kept"


def _accepted(connection: Connection, means: Means, case: Case, now: datetime) -> str:
    after = decided(case.standing, Action.ACCEPT, By.CALENDAR, now=now, grace=case.grace)
    if after is None:
        return "kept"
    deciding.carry_out(connection, means, case, after, actor=ACTOR, now=now)
    return after.status.value


def _accepted_late(connection: Connection, means: Means, case: Case, now: datetime) -> str:
    """It was accepted in time, but read too late. It stands if nobody else got the time meanwhile."""
    span = case.standing.span
    if span.end > now and bookings.is_free(connection, means, case, span):
        try:
            with connection.begin_nested():
                after = decided(case.standing, Action.ACCEPT, By.CALENDAR, now=now, grace=case.grace)
                if after is None:
                    return "kept"
                saved = bookings.save(
                    connection,
                    case,
                    after,
                    actor=ACTOR,
                    action=Action.ACCEPT.value,
                    now=now,
                    keep_buffers=False,
                )
            bookings.show(connection, means, saved, now=now)
            return after.status.value
        except claims.Taken:
            pass
    _object(connection, means, case, case.standing, LATE, now)
    return "conflict"


def _dragged(connection: Connection, means: Means, case: Case, said: Decision, now: datetime) -> str:
    """To another time: a proposal to the client, or with the rule ``reschedule`` a new time at once."""
    span, standing = said.span, case.standing
    if span is not None and standing.proposal is not None and standing.proposal.spans == (span,):
        return "proposed"
    if span is None or span.start <= now or standing.span.start <= now:
        return _put_back(connection, means, case, now)
    at_once = case.moves_at_once and standing.status is Status.ACCEPTED
    after = _elsewhere(case, span, at_once=at_once, now=now)
    try:
        with connection.begin_nested():
            action = Action.MOVE.value if at_once else "propose"
            saved = bookings.save(
                connection, case, after, actor=ACTOR, action=action, now=now, keep_buffers=False
            )
    except claims.Taken:
        _object(connection, means, case, replace(standing, proposal=None), ONTO, now)
        return "conflict"
    if at_once:
        bookings.show(connection, means, saved, now=now)
    return "moved" if at_once else "proposed"


def _elsewhere(case: Case, span: TimeSpan, *, at_once: bool, now: datetime) -> Standing:
    standing = replace(case.standing, proposal=None)
    changed = moved(standing, span, By.CALENDAR, now=now, grace=case.grace) if at_once else None
    place = Place(span, standing.seat)
    # She may have slipped: the client is told by mail once she can no longer drag it back unseen.
    return changed or proposed(standing, [place], By.CALENDAR, now=now, tells_at=now + case.grace)


def _put_back(connection: Connection, means: Means, case: Case, now: datetime) -> str:
    """The event goes back to the time of the request."""
    standing = replace(case.standing, proposal=None)
    after = bookings.save(connection, case, standing, actor=ACTOR, action="put back", now=now)
    bookings.show(connection, means, after, now=now)
    return "put back"


def _object(
    connection: Connection, means: Means, case: Case, standing: Standing, conflict: str, now: datetime
) -> None:
    """What was done in the calendar cannot stand: the calendar is set right, and the provider is told."""
    after = bookings.save(
        connection, case, standing, actor=ACTOR, action="conflict", now=now, conflict=conflict
    )
    bookings.show(connection, means, after, now=now)
    bookings.tell(connection, after, [Notice(Kind.CONFLICT, Audience.PROVIDER)], now=now)
