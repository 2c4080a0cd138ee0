"""Changing what a practice says about its time: first what it would do, then the change itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.availability import ask
from booking.desk import finding, reminding
from booking.desk.access import demand_client
from booking.desk.impacting import impacts
from booking.desk.means import Means
from booking.desk.views import ProviderView
from booking.edits import Edit
from booking.impact import LOOKED_AHEAD, Impact
from booking.ladder import N_, Reason
from booking.practice import Client, Practice, Provider
from booking.refusals import Problem, Refused
from booking.roles import Action, Actor
from booking.store import audit, claims, former
from booking.store.claims import provider_resource
from booking.store.day import Booked, bookings_in, clients_seen
from booking.store.finding import KnownProvider, providers_of, services_of
from booking.store.former import Kept
from booking.store.offers import load_world
from booking.store.practices import load_practice, lock_practice, save_practice
from booking.survey import access_answers
from booking.world import Asker
from sync.model.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an edit would do to one provider; ``stranded`` with the names of those who booked."""

    who: ProviderView
    impact: Impact
    stranded: tuple[Booked, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What stands now. ``access``: what the rules of access say to somebody new, of the first active service.

    ``clients``: those whom the actor may name.
    """

    practice: Practice
    provider: Provider
    who: ProviderView
    access: tuple[Reason, ...]
    clients: tuple[Client, ...]


def terms(means: Means, actor: Actor, slug: str, *, now: datetime) -> Terms:
    with means.books.read() as connection:
        known = finding.provider_for(connection, actor, slug, Action.AVAILABILITY)
        practice = _practice(connection, actor)
        services = [each for each in services_of(connection, known) if each.service.active]
        access: tuple[Reason, ...] = ()
        if services:
            window = TimeSpan(now, now + timedelta(days=1))
            world = load_world(connection, means.mirror, known, services[:1], window)
            code = services[0].service.code
            access = access_answers(ask(world, service=code, client=Asker(), window=window, now=now))
        provider = next(each for each in practice.providers if each.slug == slug)
        clients = tuple(clients_seen(connection, actor, [slug]))
        return Terms(practice, provider, finding.provider_view(known), access, clients)


def foresee(means: Means, actor: Actor, edit: Edit, *, now: datetime) -> list[Foreseen]:
    """What the edit would open and close, for each provider whom it touches. Changes nothing."""
    with means.books.read() as connection:
        _allow(connection, actor, edit)
        old = _practice(connection, actor)
        found = impacts(connection, means.mirror, old, edit.made(old), now=now)
        home = finding.practice_of(connection, actor)
        known = {each.slug: each for each in providers_of(connection, home)}
        return [_foreseen(connection, known[each.provider], each, now) for each in found]


def change(means: Means, actor: Actor, edit: Edit, *, now: datetime) -> str | None:
    """Makes the edit to the practice as it stands by now. Refused with ``wrong-state`` if it was changed meanwhile.

    Returns by which name it can be taken back; None if it changed nothing, or is about a client.
    """

    def made(connection: Connection) -> str | None:
        _allow(connection, actor, edit)
        old = _practice(connection, actor)
        new = edit.made(old)
        if new == old:
            return None
        scope = former.Scope(actor.practice_id, _provider_id(connection, actor, edit))
        before = former.terms(connection, scope)
        save_practice(connection, new, now=now)
        reminding.plan_again(connection, actor.practice_id, now=now)
        _note(connection, actor, f"edit_{edit.what}", _about(actor, edit), edit.after, now)
        if edit.client is not None:
            return None
        return former.keep(connection, scope, before, what=edit.what, actor=actor.id, now=now)

    return means.write(made)


def changed(means: Means, actor: Actor, change_id: str) -> Kept | None:
    """A change that can be taken back now: nothing of its kind was changed since, and the actor may change it."""
    with means.books.read() as connection:
        kept = former.find(connection, actor.practice_id, change_id)
        if kept is None or not _may_undo(actor, kept) or not former.stands(connection, kept):
            return None
        return kept


def undo(means: Means, actor: Actor, change_id: str, *, now: datetime) -> str | None:
    """Puts back what the change replaced. Refused with ``wrong-state`` if anything of its kind was changed since.

    Returns by which name that can be taken back in turn.
    """

    def undone(connection: Connection) -> str | None:
        kept = former.find(connection, actor.practice_id, change_id)
        if kept is None or not _may_undo(actor, kept):
            raise Refused(Problem.WRONG_STATE, CANNOT_UNDO)
        if kept.scope.provider_id is not None:
            claims.lock(connection, [provider_resource(kept.scope.provider_id)])
        lock_practice(connection, actor.practice_id)
        if not former.stands(connection, kept):
            raise Refused(Problem.WRONG_STATE, CANNOT_UNDO)
        before = former.terms(connection, kept.scope)
        former.put_back(connection, kept)
        reminding.plan_again(connection, actor.practice_id, now=now)
        about = kept.scope.provider_id
        told = f"practice:{actor.practice_id}" if about is None else f"provider:{about}"
        _note(connection, actor, f"undo_{kept.what}", told, None, now)
        return former.keep(connection, kept.scope, before, what=kept.what, actor=actor.id, now=now)

    return means.write(undone)


CANNOT_UNDO = N_("This was changed again meanwhile, so it cannot be taken back in one step.")


def _may_undo(actor: Actor, kept: Kept) -> bool:
    of = kept.scope.provider_id
    if of is None:
        return actor.may(Action.SETTINGS)
    return actor.may(Action.AVAILABILITY) and actor.sees(kept.scope.practice_id, of)


def _note(
    connection: Connection, actor: Actor, action: str, about: str, after: str | None, now: datetime
) -> None:
    audit.note(
        connection, practice_id=actor.practice_id, at=now, actor=actor.id, action=action, about=about, after=after
    )  # fmt: skip


def _provider_id(connection: Connection, actor: Actor, edit: Edit) -> str | None:
    if edit.provider is None:
        return None
    return finding.provider_for(connection, actor, edit.provider, Action.AVAILABILITY).id


def _about(actor: Actor, edit: Edit) -> str:
    if edit.client is not None:
        return f"client:{edit.client}"
    return f"practice:{actor.practice_id}" if edit.provider is None else f"provider:{edit.provider}"


def _allow(connection: Connection, actor: Actor, edit: Edit) -> None:
    if edit.client is not None:
        demand_client(connection, actor, edit.client)
    elif edit.provider is None:
        finding.demand(actor, Action.SETTINGS)
    else:
        finding.provider_for(connection, actor, edit.provider, Action.AVAILABILITY)


def _practice(connection: Connection, actor: Actor) -> Practice:
    home = finding.practice_of(connection, actor)
    found = load_practice(connection, home.slug)
    if found is None:
        raise Refused(Problem.NOT_FOUND)
    return found


def _foreseen(connection: Connection, known: KnownProvider, impact: Impact, now: datetime) -> Foreseen:
    return Foreseen(finding.provider_view(known), impact, tuple(_named(connection, known.id, impact, now)))


def _named(connection: Connection, provider_id: str, impact: Impact, now: datetime) -> Sequence[Booked]:
    if not impact.stranded:
        return []
    sessions = {row.session for row in impact.stranded}
    window = TimeSpan(now, now + LOOKED_AHEAD)
    return [
        each for each in bookings_in(connection, provider_id, window, now=now) if each.session in sessions
    ]
