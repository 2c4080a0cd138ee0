"""From slugs and tokens to rows; what is not there, or not for the asker, is refused alike."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from booking.desk.forms import Asking
from booking.desk.views import PracticeView, ProviderView, ServiceView
from booking.ladder import N_
from booking.practice import Client
from booking.recognition import Recognised, as_whom
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action, Actor
from booking.rules import effective
from booking.store import capabilities, finding, requests
from booking.store.finding import KnownPractice, KnownProvider, KnownService
from booking.world import Asker

if TYPE_CHECKING:
    from booking.desk.means import Means


def practice(connection: Connection, slug: str) -> KnownPractice:
    found = finding.practice_by_slug(connection, slug)
    if found is None:
        raise Refused(Problem.NOT_FOUND)
    return found


def provider(connection: Connection, practice_slug: str, slug: str) -> KnownProvider:
    """An active provider, by slugs: what the public may know of."""
    found = finding.provider_by_slug(connection, practice(connection, practice_slug), slug)
    if found is None or not found.active:
        raise Refused(Problem.NOT_FOUND)
    return found


def provider_for(connection: Connection, actor: Actor, slug: str, action: Action) -> KnownProvider:
    """A provider of the actor's practice whom the actor may do this with."""
    demand(actor, action)
    home = finding.practice_by_id(connection, actor.practice_id)
    found = None if home is None else finding.provider_by_slug(connection, home, slug)
    if found is None or not actor.sees(found.practice.id, found.id):
        raise Refused(Problem.NOT_FOUND)
    return found


def practice_of(connection: Connection, actor: Actor) -> KnownPractice:
    found = finding.practice_by_id(connection, actor.practice_id)
    if found is None:
        raise Refused(Problem.NOT_FOUND)
    return found


def demand(actor: Actor, action: Action) -> None:
    if not actor.may(action):
        raise Refused(Problem.FORBIDDEN)


def service(connection: Connection, of: KnownProvider, code: str) -> KnownService:
    for known in finding.services_of(connection, of):
        if known.service.code == code:
            return known
    raise Refused(Problem.INVALID, errors=[FieldError("service", N_("There is no such service."))])


def client_of(
    connection: Connection, means: Means, practice_id: str, asking: Asking, *, now: datetime
) -> Client | None:
    """The client in whose name is asked; None for a stranger. A dead link or an unknown id is an error."""
    who = asked_by(connection, means, practice_id, asking, now=now)
    return None if who is None else who.client


def asked_by(
    connection: Connection, means: Means, practice_id: str, asking: Asking, *, now: datetime
) -> Recognised | None:
    """The same with the contact who asks, where it is one."""
    if asking.client_token is not None:
        found = by_token(connection, means, practice_id, asking.client_token, now=now)
        if found is None:
            text = N_("This link is no longer valid. Please ask for a new one.")
            raise Refused(Problem.INVALID, errors=[FieldError("client_token", text)])
        return found
    if asking.client_id is not None:
        named = finding.client_by_id(connection, practice_id, asking.client_id)
        if named is None:
            error = FieldError("client", N_("There is no such client."))
            raise Refused(Problem.INVALID, errors=[error])
        return Recognised(named)
    return None


def by_token(
    connection: Connection, means: Means, practice_id: str, token: str, *, now: datetime
) -> Recognised | None:
    """Whom a link stands for. One that was won by a code ends with the right of its mailbox to book for the client."""
    found = capabilities.find(connection, token_hash=means.tokens.hash(token), now=now)
    if found is None or found.practice_id != practice_id or found.client_id is None:
        return None
    client = finding.client_by_id(connection, practice_id, found.client_id)
    if client is None:
        return None
    return Recognised(client) if found.email_key is None else as_whom(found.email_key, client)


def asker(connection: Connection, practice_id: str, client: Client | None, *, now: datetime) -> Asker:
    """The client as the rules see them; None is a stranger."""
    if client is None:
        return Asker()
    return Asker(
        id=client.id,
        status=client.status,
        privilege=client.privilege,
        providers=client.providers,
        tags=frozenset(client.tags),
        open_requests=requests.open_of_client(
            connection, practice_id=practice_id, client_id=client.id, now=now
        ),
    )


def practice_view(connection: Connection, known: KnownPractice) -> PracticeView:
    return PracticeView(
        id=known.id,
        slug=known.slug,
        name=known.name,
        timezone=known.timezone,
        phone=known.phone,
        page=known.page,
        locations=finding.locations_of(connection, known.id),
    )


def provider_view(known: KnownProvider) -> ProviderView:
    return ProviderView(
        id=known.id,
        practice_id=known.practice.id,
        practice_slug=known.practice.slug,
        slug=known.slug,
        name=known.name,
        timezone=known.timezone,
        open=known.open,
        unsure=effective(known.practice.rules, known.rules).unsure,
    )


def service_view(known: KnownService) -> ServiceView:
    return ServiceView(
        code=known.service.code,
        name=known.service.name,
        minutes=int(known.service.length.total_seconds() // 60),
        modes=tuple(mode.value for mode in known.service.modes),
        new_clients=known.service.new_clients,
        capacity=known.service.capacity,
    )
