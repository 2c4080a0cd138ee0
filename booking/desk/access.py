"""Who may book: what a visitor is told who may not, and clients whose access staff look at and change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.access import refusals
from booking.desk import finding
from booking.desk.forms import Asking
from booking.desk.means import Means
from booking.ladder import N_
from booking.phrases import WORDS
from booking.practice import Client
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action, Actor, Role
from booking.standing import Record
from booking.store import audit
from booking.store.day import clients_seen
from booking.store.finding import client_by_id, provider_by_id
from booking.store.offers import load_world
from booking.store.records import records
from sync.model.timespan import TimeSpan

_NOTHING = Record(0, (), None)


@dataclass(frozen=True, slots=True)
class ClientStanding:
    client: Client
    record: Record
    review: bool


def told(means: Means, practice: str, provider: str, *, service: str, asking: Asking, now: datetime) -> str:
    """The kind phrase for a visitor whom a rule of access stops, whatever the time; empty: none does. English."""
    with means.books.read() as connection:
        known = finding.provider(connection, practice, provider)
        offered = finding.service(connection, known, service)
        client = finding.client_of(connection, means, known.practice.id, asking, now=now)
        asker = finding.asker(connection, known.practice.id, client, now=now)
        window = TimeSpan(now, now + timedelta(minutes=1))
        world = load_world(connection, means.mirror, known, [offered], window)
    failed = refusals(world, world.offers[service], asker)
    return WORDS[failed[0]].client if failed else ""


def clients(means: Means, actor: Actor, *, now: datetime) -> Sequence[ClientStanding]:
    """The clients whose access the actor may change, those to be looked at first, then by name."""
    with means.books.read() as connection:
        finding.demand(actor, Action.CLIENT_ACCESS)
        seen = clients_seen(connection, actor, own_slugs(connection, actor))
        known = records(connection, actor.practice_id, now=now)
    found = [
        ClientStanding(client, record := known.get(client.id, _NOTHING), record.up_for_review(now))
        for client in seen
    ]
    return sorted(found, key=lambda each: not each.review)


def leave_as_is(means: Means, actor: Actor, client_id: str, *, now: datetime) -> None:
    """Somebody has looked at a client's late cancellations and changes nothing; this is noted."""

    def noted(connection: Connection) -> None:
        demand_client(connection, actor, client_id)
        audit.note(
            connection,
            practice_id=actor.practice_id,
            at=now,
            actor=actor.id,
            action="review",
            about=f"client:{client_id}",
        )

    means.write(noted)


def in_the_name_of(means: Means, actor: Actor, client_id: str) -> Asking:
    """Staff ask in a client's name."""
    with means.books.read() as connection:
        finding.demand(actor, Action.ACT_FOR_CLIENTS)
        demand_not_anothers(connection, actor, client_id)
    return Asking(client_id=client_id)


def demand_not_anothers(connection: Connection, actor: Actor, client_id: str) -> None:
    """To a provider a client of other providers alone is as one that does not exist: refused with ``invalid``."""
    if actor.role is not Role.PROVIDER:
        return
    client = client_by_id(connection, actor.practice_id, client_id)
    own = own_slugs(connection, actor)
    if client is not None and client.providers and not set(client.providers) & set(own):
        raise Refused(Problem.INVALID, errors=[FieldError("client", N_("There is no such client."))])


def demand_client(connection: Connection, actor: Actor, client_id: str) -> Client:
    """A client whose access the actor may change: everyone for owners and managers, her own for a provider."""
    finding.demand(actor, Action.CLIENT_ACCESS)
    seen = clients_seen(connection, actor, own_slugs(connection, actor))
    found = next((each for each in seen if each.id == client_id), None)
    if found is None:
        raise Refused(Problem.NOT_FOUND)
    return found


def own_slugs(connection: Connection, actor: Actor) -> list[str]:
    if actor.role is not Role.PROVIDER or actor.provider_id is None:
        return []
    known = provider_by_id(connection, actor.provider_id)
    return [] if known is None else [known.slug]
