"""Staff enter an appointment for a client: at any minute, accepted at once, past cautions if they say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.clients import clean_email, clean_line, clean_text, email_key, person_errors, text_errors
from booking.desk import asking, deciding, finding, weighing, window
from booking.desk.forms import EntryForm, Receipt
from booking.desk.means import Means
from booking.desk.views import ProviderView, Replayed, Requested
from booking.desk.wanted import Wanted
from booking.freshness import FreshnessState, state
from booking.ladder import N_
from booking.notices import Audience, of_asking
from booking.practice import Client
from booking.refusals import FieldError, Problem, Refused
from booking.requests import Action, By, Standing, Status, expiry
from booking.roles import Action as Deed
from booking.roles import Actor
from booking.store import claims
from booking.store.day import clients_seen
from booking.store.finding import KnownProvider, KnownService, services_of
from booking.store.offers import load_world
from sync.model.timespan import TimeSpan

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be entered for a provider: her active services, and the clients whom the actor may see, by name."""

    who: ProviderView
    services: tuple[KnownService, ...]
    clients: tuple[Client, ...]


def choices(means: Means, actor: Actor, provider: str) -> Entry:
    with means.books.read() as connection:
        known = _provider(connection, actor, provider)
        services = tuple(each for each in services_of(connection, known) if each.service.active)
        clients = tuple(clients_seen(connection, actor, [known.slug]))
    return Entry(finding.provider_view(known), services, clients)


def enter(
    means: Means, actor: Actor, form: EntryForm, receipt: Receipt, *, now: datetime
) -> Requested | Replayed:
    """Raises ``Refused``: ``invalid`` with all that is wrong, ``slot-unavailable`` with what was not passed over."""
    with means.books.read() as connection:
        wanted = _read(connection, actor, form, now)
    means.live.look(wanted.provider.id)

    def work(connection: Connection) -> Requested | Replayed:
        return asking.once(
            connection,
            wanted.provider.practice.id,
            receipt,
            lambda: _store(connection, means, actor, wanted, form, now),
            now=now,
        )

    return means.write(work)


def _store(
    connection: Connection, means: Means, actor: Actor, wanted: Wanted, form: EntryForm, now: datetime
) -> Requested:
    claims.lock(connection, asking.resources(connection, wanted))
    provider, service = wanted.provider, wanted.service
    mode = wanted.mode or service.service.modes[0]
    world = load_world(
        connection, means.mirror, provider, [service], TimeSpan(wanted.start, wanted.start + _TICK)
    )
    asker = finding.asker(connection, provider.practice.id, wanted.client, now=now)
    found = weighing.weighed(
        connection, means, actor, world, provider, service, client=asker, start=wanted.start, mode=mode, now=now
    )  # fmt: skip
    place = found.taken_despite(form.despite)
    known = state(world.freshness, now=now, rules=service.rules)
    unverified = known is not FreshnessState.FRESH
    asked = asking.asked_of(connection, means, wanted, place, unverified=unverified, now=now)
    seat = asking.seat_at(provider, service, place, event=asked.id)
    by = deciding.party(actor)
    ends = expiry(now, place.span.start, service.rules, zone=provider.timezone)
    # There was no request to go back to, so there is nothing to undo: what was entered is cancelled.
    standing = Standing(Status.ACCEPTED, place.span, ends, seat, Action.ACCEPT, now, by)
    case = asking.keep(connection, means, asked, standing, now, actor=actor.id, beside=found.beside)
    weighing.note(connection, actor, case.id, found.cautions, now=now)
    notices = [
        notice
        for notice in of_asking(standing)
        if notice.audience is Audience.CLIENT or by is not By.PROVIDER
    ]
    return asking.announce(connection, means, [case], now, notices=notices)


def _read(connection: Connection, actor: Actor, form: EntryForm, now: datetime) -> Wanted:
    provider = _provider(connection, actor, form.provider)
    note = clean_text(form.note)
    errors = list(text_errors("note", note))
    found: list[KnownService] = []
    client: list[Client | None] = []
    checks: tuple[Callable[[], object], ...] = (
        lambda: found.append(_service(connection, provider, form)),
        lambda: client.append(_client(connection, actor, provider, form)),
        lambda: weighing.check_ahead(form.start, now=now),
    )
    for check in checks:
        try:
            check()
        except Refused as refused:
            errors += refused.errors
    if errors:
        raise Refused(Problem.INVALID, errors=errors)
    (whom,) = client
    return Wanted(
        provider=provider,
        service=found[0],
        client=whom,
        contact=None,
        start=form.start,
        mode=window.a_mode(form.mode),
        name=clean_line(form.name) if whom is None else whom.name,
        email=clean_email(form.email) if whom is None else whom.email,
        phone=clean_line(form.phone) if whom is None else whom.phone,
        note=note,
        sender_key=None,
        timezone=None,
        locale=provider.practice.page.locales[0],
    )


def _provider(connection: Connection, actor: Actor, slug: str) -> KnownProvider:
    finding.demand(actor, Deed.DECIDE)
    found = finding.provider_for(connection, actor, slug, Deed.ACT_FOR_CLIENTS)
    if not found.active:
        raise Refused(Problem.NOT_FOUND)
    return found


def _service(connection: Connection, provider: KnownProvider, form: EntryForm) -> KnownService:
    found = finding.service(connection, provider, form.service)
    if not found.service.active:
        raise Refused(Problem.INVALID, errors=[FieldError("service", N_("There is no such service."))])
    mode = window.a_mode(form.mode)
    if mode is None or mode not in found.service.modes:
        text = N_("This service is not given in this way.")
        raise Refused(Problem.INVALID, errors=[FieldError("mode", text)])
    return found


def _client(connection: Connection, actor: Actor, provider: KnownProvider, form: EntryForm) -> Client | None:
    """The record it is for: the one that was chosen, else the one whose own address was typed; None: somebody new.

    A provider learns nothing of records that are not hers to see: such a client stays somebody new until recognised.
    """
    seen = clients_seen(connection, actor, [provider.slug])
    if form.client_id:
        found = next((each for each in seen if each.id == form.client_id), None)
        if found is None:
            raise Refused(Problem.INVALID, errors=[FieldError("client", N_("There is no such client."))])
        return found
    name, email, phone = clean_line(form.name), clean_email(form.email), clean_line(form.phone)
    errors = list(person_errors(name=name, email=email, phone=phone))
    if errors:
        raise Refused(Problem.INVALID, errors=errors)
    key = email_key(email)
    known = [each for each in seen if email_key(each.email) == key]
    return known[0] if len(known) == 1 else None
