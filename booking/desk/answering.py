"""The link in the mail about a new request: looking shows, a button answers, and it answers once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from booking.desk import bookings, deciding, finding
from booking.desk.bookings import Case
from booking.desk.means import Means
from booking.desk.views import PracticeView, ProviderView
from booking.ports import Tokens
from booking.refusals import Problem, Refused
from booking.requests import Status
from booking.roles import Actor, Role
from booking.store import capabilities
from sync.model.timespan import TimeSpan

_PURPOSE = "decide"
_MAC = 32
ACTOR = "mail"
"""What the audit calls whoever answers by the link."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What may be seen without signing in: the time, the service, and what the calendar says of the client."""

    id: str
    practice: PracticeView
    provider: ProviderView
    service_name: str
    mode: str
    title: str
    span: TimeSpan
    timezone: str
    status: str
    expires_at: datetime
    settles_at: datetime | None
    may_answer: bool


def token_of(tokens: Tokens, request_id: str, provider_id: str) -> str:
    """The link's token; another provider to whom the request goes over has another one."""
    return f"{request_id}-{tokens.derive(_PURPOSE, f'{request_id}:{provider_id}')}"


def view(connection: Connection, means: Means, token: str, *, now: datetime) -> AnswerView:
    """Raises ``Refused`` (not-found) for a token that is none of a request's present provider."""
    case = _case(connection, means, token)
    used = capabilities.is_spent(connection, token_hash=means.tokens.hash(token))
    standing = case.standing
    pending = standing.status is Status.PENDING and now < standing.expires_at
    return AnswerView(
        id=case.id,
        practice=finding.practice_view(connection, case.provider.practice),
        provider=finding.provider_view(case.provider),
        service_name=case.service_name,
        mode=case.stored.asked.mode,
        title=case.stored.asked.title,
        span=standing.span,
        timezone=case.seat.timezone,
        status=standing.status.value,
        expires_at=standing.expires_at,
        settles_at=standing.settles_at,
        may_answer=pending and not used,
    )


def answer(
    connection: Connection,
    means: Means,
    actor: Actor,
    token: str,
    request_id: str,
    *,
    accept: bool,
    message: str,
    now: datetime,
) -> None:
    """Answers and uses the link up. Refused with ``wrong-state`` if it was used before."""
    _spend(connection, means, token, now=now)
    if accept:
        deciding.accept(connection, means, actor, request_id, now=now)
    else:
        deciding.decline(connection, means, actor, request_id, message=message, refer_to=None, now=now)


def _spend(connection: Connection, means: Means, token: str, *, now: datetime) -> None:
    case = _case(connection, means, token)
    done = capabilities.spend(
        connection,
        token_hash=means.tokens.hash(token),
        practice_id=case.stored.asked.practice_id,
        kind=_PURPOSE,
        request_id=case.id,
        now=now,
        expires_at=case.standing.span.end,
    )
    if not done:
        raise Refused(Problem.WRONG_STATE)


def actor_of(connection: Connection, means: Means, token: str) -> tuple[Actor, str]:
    """Who answers by the link, and which request."""
    case = _case(connection, means, token)
    practice_id = case.stored.asked.practice_id
    return Actor(Role.PROVIDER, practice_id, ACTOR, provider_id=case.provider.id), case.id


def _case(connection: Connection, means: Means, token: str) -> Case:
    request_id = token[: -_MAC - 1]
    try:
        case = bookings.look(connection, request_id)
    except Refused:
        # As long as for a request that is there.
        hmac.compare_digest(token.encode(), token_of(means.tokens, request_id, request_id).encode())
        raise
    if not hmac.compare_digest(token.encode(), token_of(means.tokens, request_id, case.provider.id).encode()):
        raise Refused(Problem.NOT_FOUND)
    return case
