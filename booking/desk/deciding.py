"""Decisions of staff, of the provider in the app, and of the client by the link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from booking.clients import clean_text, text_errors
from booking.desk import bookings, finding, repeating, showing
from booking.desk.bookings import Case
from booking.desk.means import Means
from booking.ladder import N_
from booking.notices import of_undo
from booking.refusals import FieldError, Problem, Refused
from booking.requests import Action, By, Standing, Status, decided, lapsed, undone
from booking.roles import Action as Deed
from booking.roles import Actor, Role
from booking.series import Scope
from booking.store import claims
from booking.store import finding as rows
from sync.model.identity import new_id


def accept(
    connection: Connection,
    means: Means,
    actor: Actor,
    request_id: str,
    *,
    scope: Scope = Scope.ALL,
    now: datetime,
) -> Case:
    def one(case: Case) -> Case:
        standing = decided(case.standing, Action.ACCEPT, party(actor), now=now, grace=case.grace)
        if standing is None:
            return case
        if bookings.is_closed(connection, means, case, now=now):
            raise Refused(Problem.CALENDAR_UNREADABLE)
        if not bookings.is_free(connection, means, case, standing.span):
            raise Refused(Problem.SLOT_UNAVAILABLE, N_("Another event takes this time by now."))
        return carry_out(connection, means, case, standing, actor=actor.id, now=now, shown=False)

    return _each(connection, means, actor, request_id, scope, one, now)


def decline(
    connection: Connection,
    means: Means,
    actor: Actor,
    request_id: str,
    *,
    message: str,
    refer_to: str | None,
    scope: Scope = Scope.ALL,
    now: datetime,
) -> Case:
    def one(case: Case) -> Case:
        words = _message(message)
        other = None if refer_to is None else _referred(connection, case, refer_to)
        standing = decided(
            case.standing,
            Action.DECLINE,
            party(actor),
            now=now,
            grace=case.grace,
            message=words,
            refer_to=other,
        )
        if standing is None:
            return case
        return carry_out(connection, means, case, standing, actor=actor.id, now=now, shown=False)

    return _each(connection, means, actor, request_id, scope, one, now)


def cancel(
    connection: Connection,
    means: Means,
    actor: Actor,
    request_id: str,
    *,
    message: str,
    scope: Scope = Scope.THIS,
    now: datetime,
) -> Case:
    def one(case: Case) -> Case:
        words = _message(message)
        standing = decided(
            case.standing, Action.CANCEL, party(actor), now=now, grace=case.grace, message=words
        )
        if standing is None:
            return case
        return carry_out(connection, means, case, standing, actor=actor.id, now=now, shown=False)

    return _each(connection, means, actor, request_id, scope, one, now)


def undo(connection: Connection, means: Means, actor: Actor, request_id: str, *, now: datetime) -> Case:
    """Of a series all dates that were decided about together."""
    _demand_undo(connection, actor, request_id, now)
    cases = repeating.grasp_batch(connection, request_id)
    by = party(actor)
    done = repeating.each(cases, lambda case: _back(connection, means, case, by, actor=actor.id, now=now))
    return _undone(connection, means, done, now)


def _demand_undo(connection: Connection, actor: Actor, request_id: str, now: datetime) -> None:
    """Refused as ``provider_of`` does; but while the grace runs, whoever gave it to another provider sees it still."""
    finding.demand(actor, Deed.DECIDE)
    seen = bookings.look(connection, request_id)
    standing = seen.standing
    seats = [standing.seat]
    if standing.former is not None and standing.settles_at is not None and now < standing.settles_at:
        seats.append(standing.former.seat)
    if not any(actor.sees(seen.stored.asked.practice_id, seat.provider_id) for seat in seats):
        raise Refused(Problem.NOT_FOUND)


def retaken_from(connection: Connection, actor: Actor, request_id: str, *, now: datetime) -> str | None:
    """The provider whose time an undo would take anew; None where none is taken, or the grace keeps it still."""
    _demand_undo(connection, actor, request_id, now)
    standing = bookings.look(connection, request_id).standing
    former = standing.former
    if former is None or not former.live or (standing.settles_at is not None and now < standing.settles_at):
        return None
    return former.seat.provider_id


def _each(
    connection: Connection,
    means: Means,
    actor: Actor,
    request_id: str,
    scope: Scope,
    act: Callable[[Case], Case],
    now: datetime,
) -> Case:
    """Does it to every date it is about that the actor sees, and shows it in the calendar once."""
    provider_of(connection, actor, request_id)
    cases = [case for case in repeating.grasp(connection, request_id, scope) if sees(actor, case)]
    return _shown(connection, means, repeating.each(cases, act), now)


def _shown(connection: Connection, means: Means, done: Sequence[tuple[Case, Case]], now: datetime) -> Case:
    """Shows in the calendars what became of each, and returns the first."""
    bookings.show(connection, means, *(case for pair in done for case in pair), now=now)
    return done[0][1]


def undo_of(connection: Connection, means: Means, case: Case, by: By, *, actor: str, now: datetime) -> Case:
    """Back to the former state. Time that is no longer held must still be free: ``slot-unavailable`` if not."""
    after = _back(connection, means, case, by, actor=actor, now=now)
    return _undone(connection, means, [(case, after)], now)


def _undone(connection: Connection, means: Means, done: Sequence[tuple[Case, Case]], now: datetime) -> Case:
    """Once all of them are back: whoever was told of the decision is told of that, in one mail."""
    for case, after in done:
        if after is not case and not case.standing.untold:
            bookings.tell(connection, after, of_undo(case.standing.told, after.standing), now=now)
    return _shown(connection, means, done, now)


def _back(connection: Connection, means: Means, case: Case, by: By, *, actor: str, now: datetime) -> Case:
    standing = undone(case.standing, by, now=now)
    if standing is None:
        return case
    kept = case.standing.settles_at is not None and now < case.standing.settles_at
    whose = standing.seat.provider_id
    if standing.live and not kept and not bookings.is_free_of(connection, means, whose, standing.span):
        raise Refused(Problem.SLOT_UNAVAILABLE)
    if not kept and claims.sits_elsewhere(connection, standing.seat, standing.span, case.id):
        # The group it sat in has gone to another time with those who joined it there.
        alone = new_id()
        standing = replace(standing, seat=replace(standing.seat, session=alone, event=alone))
    return carry_out(connection, means, case, standing, actor=actor, now=now, shown=False)


def cancel_by_client(
    connection: Connection, means: Means, request_id: str, *, scope: Scope = Scope.THIS, now: datetime
) -> Case:
    """Within the practice's notice; a request that nobody has answered can be withdrawn at any time."""
    cases = repeating.grasp(connection, request_id, scope)
    done = repeating.each(cases, lambda case: _cancel_by_client(connection, means, case, now=now))
    return _shown(connection, means, done, now)


def _cancel_by_client(connection: Connection, means: Means, case: Case, *, now: datetime) -> Case:
    standing = decided(case.standing, Action.CANCEL, By.CLIENT, now=now, grace=case.grace)
    if standing is None:
        return case
    if not may_cancel(case, now=now):
        text = N_("It is too late to cancel here. Please call the practice.")
        raise Refused(Problem.WRONG_STATE, text)
    return carry_out(connection, means, case, standing, actor="client", now=now, shown=False)


def may_cancel(case: Case, *, now: datetime) -> bool:
    if case.standing.status is Status.ACCEPTED:
        return now <= case.standing.span.start - case.rules.cancel_notice
    return case.standing.status is Status.PENDING and not lapsed(case.standing, now=now)


def carry_out(
    connection: Connection,
    means: Means,
    case: Case,
    standing: Standing,
    *,
    actor: str,
    now: datetime,
    shown: bool = True,
    beside: bool = False,
) -> Case:
    """Store a decision and show it in the calendar at once; people are told when its grace is over.

    Without ``shown`` the caller shows it, once for several. ``beside``: new time is taken beside who holds it.
    """
    try:
        after = bookings.save(
            connection,
            case,
            standing,
            actor=actor,
            action=standing.last_action.value,
            now=now,
            title=_title(connection, means, case, standing),
            beside=beside,
        )
    except claims.Taken as taken:
        raise Refused(Problem.SLOT_UNAVAILABLE) from taken
    if shown:
        # An undo leads away from the event it was shown by until now.
        bookings.show(connection, means, case, after, now=now)
    return after


def _title(connection: Connection, means: Means, case: Case, standing: Standing) -> str | None:
    """What another provider's calendar says about the client; None: it is still the same provider's."""
    seat, asked = standing.seat, case.stored.asked
    if seat.provider_id == case.seat.provider_id:
        return None
    provider = rows.provider_by_id(connection, seat.provider_id)
    if provider is None:
        raise Refused(Problem.NOT_FOUND)
    rules = rows.service_by_id(connection, provider, seat.service_id).rules
    return showing.title(
        connection,
        means,
        provider,
        rules,
        name=asked.client_name,
        client_id=asked.client_id,
        request_id=asked.id,
    )


def provider_of(connection: Connection, actor: Actor, request_id: str) -> str:
    """Whose time the request asks for, if this actor may decide it."""
    finding.demand(actor, Deed.DECIDE)
    seen = bookings.look(connection, request_id)
    if not sees(actor, seen):
        raise Refused(Problem.NOT_FOUND)
    return seen.seat.provider_id


def sees(actor: Actor, case: Case) -> bool:
    """A date of a series may be another provider's by now."""
    return actor.sees(case.stored.asked.practice_id, case.seat.provider_id)


def party(actor: Actor) -> By:
    """In whose name an actor decides."""
    return By.PROVIDER if actor.role is Role.PROVIDER else By.STAFF


def _message(text: str) -> str:
    words = clean_text(text)
    errors = list(text_errors("message", words))
    if errors:
        raise Refused(Problem.INVALID, errors=errors)
    return words


def _referred(connection: Connection, case: Case, slug: str) -> str:
    """The id of another provider of the practice, by slug."""
    other = rows.provider_by_slug(connection, case.provider.practice, slug)
    if other is None or not other.active or other.id == case.provider.id:
        error = FieldError("refer_to", N_("There is no other provider of this name."))
        raise Refused(Problem.INVALID, errors=[error])
    return other.id
