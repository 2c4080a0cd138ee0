"""What time alone brings about. Each row is one transaction, and is looked at again inside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from booking.desk import bookings, deciding, repeating
from booking.desk.bookings import Case
from booking.desk.each import each_row
from booking.desk.means import Means
from booking.notices import Audience, Kind, Notice, of_change
from booking.requests import Action, By, decided, lapsed, settled
from booking.series import Scope
from booking.standing import LATE_MOVE, is_late_move
from booking.store import audit, releases, requests

ACTOR = "timer"
_BATCH = 200


def expire(means: Means, *, now: datetime) -> int:
    """Pending requests whose time is up, then proposals nobody took."""

    def lapse(connection: Connection, request_id: str) -> bool:
        # The dates of a series lapse together, so that one mail tells of all of them.
        dates = repeating.grasp(connection, request_id, Scope.ALL)
        due = [case for case in dates if lapsed(case.standing, now=now)]
        ended = [(case, _expired(connection, means, case, now)) for case in due]
        bookings.show(connection, means, *due, now=now)
        for case, after in ended:
            bookings.tell(connection, after, of_change(case.standing.told, after.standing), now=now)
        return bool(due)

    def put_back(connection: Connection, request_id: str) -> bool:
        case = bookings.grasp(connection, request_id)
        proposal = case.standing.proposal
        if proposal is None or now < proposal.due_at:
            return False
        if now < proposal.expires_at:
            known = replace(case.standing, proposal=replace(proposal, tells_at=None))
            told = bookings.save(connection, case, known, actor=ACTOR, action="tell", now=now)
            bookings.tell(connection, told, [Notice(Kind.PROPOSED, Audience.CLIENT)], now=now)
            return True
        after = bookings.save(
            connection, case, replace(case.standing, proposal=None), actor=ACTOR, action="lapse", now=now
        )
        if after.standing.live:
            bookings.show(connection, means, after, now=now)
        return True

    done = each_row(means, lambda connection: requests.expired_ids(connection, now=now, limit=_BATCH), lapse)
    return done + each_row(
        means, lambda connection: requests.lapsed_proposal_ids(connection, now=now, limit=_BATCH), put_back
    )


def _expired(connection: Connection, means: Means, case: Case, now: datetime) -> Case:
    after = decided(case.standing, Action.EXPIRE, By.TIMER, now=now, grace=case.grace)
    if after is None:
        return case
    return deciding.carry_out(connection, means, case, after, actor=ACTOR, now=now, shown=False)


def settle_graces(means: Means, *, now: datetime) -> int:
    """Decisions that can no longer be undone by a slip: whoever has to know is told now."""

    def settle(connection: Connection, request_id: str) -> bool:
        case = bookings.grasp(connection, request_id)
        standing = case.standing
        if standing.settles_at is None or now < standing.settles_at:
            return False
        after = bookings.save(connection, case, settled(standing), actor=ACTOR, action="settle", now=now)
        bookings.tell(connection, after, of_change(standing.told, standing), now=now)
        if is_late_move(standing):
            audit.note(
                connection,
                practice_id=case.stored.asked.practice_id,
                at=standing.decided_at or now,
                actor="client",
                action=LATE_MOVE,
                about=f"request:{case.id}",
            )
        return True

    return each_row(means, lambda connection: requests.settled_ids(connection, now=now, limit=_BATCH), settle)


def release_holds(means: Means, *, now: datetime) -> int:
    """Stages of holds that are due, recorded once each. Their time is on offer from the due instant in any case."""
    with means.books.read() as connection:
        providers = releases.providers_due(connection, now=now)

    def record(provider_id: str) -> int:
        return means.write(lambda connection: releases.release_due(connection, provider_id, now=now))

    return sum(record(provider_id) for provider_id in providers)
