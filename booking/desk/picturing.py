"""A provider's day as a picture, and why a client finds no time: what the pages about both show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from booking.availability import window_of_dates
from booking.desk import finding
from booking.desk.means import Means
from booking.desk.offering import sources_of
from booking.desk.views import ProviderView
from booking.desk.window import check_near
from booking.explain import Explanation, explain
from booking.ladder import N_
from booking.picture import Picture, day_picture
from booking.practice import Client
from booking.refusals import FieldError, Problem, Refused
from booking.roles import Action, Actor
from booking.store.day import Booked, bookings_in, clients_seen
from booking.store.finding import KnownProvider, KnownService, services_of
from booking.store.offers import load_world
from booking.survey import Survey, survey
from booking.world import Asker
from sync.model.moments import instant_to_wall

LOOKED_AHEAD = 28
"""Days over which is counted why a client finds no time."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pickers:
    """Whose time, for what and for whom; ``client`` None: somebody new. ``clients`` is empty for whoever may not see
    their names; ``service`` None: the provider has none."""

    who: ProviderView
    services: tuple[KnownService, ...]
    service: KnownService | None
    clients: tuple[Client, ...]
    client: Client | None


@dataclass(frozen=True, slots=True)
class DayView:
    """``names``: the asker may see who has booked. ``explanation`` is of the time asked for, if one was."""

    pick: Pickers
    picture: Picture | None
    booked: tuple[Booked, ...]
    names: bool
    explanation: Explanation | None


@dataclass(frozen=True, slots=True)
class WhyView:
    """``until`` is the last date that was looked at."""

    pick: Pickers
    survey: Survey | None
    until: date


def day(
    means: Means,
    actor: Actor,
    provider: str,
    *,
    service: str | None,
    client_id: str | None,
    on: date | None,
    at: datetime | None,
    now: datetime,
) -> DayView:
    """``on`` and ``at`` left out: today, and no time in particular; ``at`` without ``on`` says the day too."""
    with means.books.read() as connection:
        known, pick, asker = _picked(connection, actor, provider, service, client_id, now)
        today = instant_to_wall(now, known.timezone).date()
        wanted = on or (today if at is None else instant_to_wall(at, known.timezone).date())
        check_near(wanted, today, "day")
        names = actor.may(Action.VIEW_REQUESTS)
        if pick.service is None:
            return DayView(pick, None, (), names, None)
        window = window_of_dates(wanted, wanted + _DAY, zone=known.timezone)
        titles = actor.may(Action.EVENT_TITLES)
        world = load_world(connection, means.mirror, known, [pick.service], window)
        around = window.widened(timedelta(hours=12), timedelta(hours=12))
        sources = sources_of(connection, means, known, around, titles=titles, most=200)
        booked = tuple(bookings_in(connection, known.id, window, now=now))
        told = None
        code = pick.service.service.code
        if at is not None and window.holds(at):
            told = explain(world, service=code, client=asker, start=at, now=now, sources=sources)
    picture = day_picture(world, service=code, client=asker, day=wanted, now=now, sources=sources)
    return DayView(pick, picture, booked, names, told)


def why(
    means: Means, actor: Actor, provider: str, *, service: str | None, client_id: str | None, now: datetime
) -> WhyView:
    """Why a client can or cannot book, whatever the time, over the next four weeks."""
    with means.books.read() as connection:
        known, pick, asker = _picked(connection, actor, provider, service, client_id, now)
        today = instant_to_wall(now, known.timezone).date()
        until = today + LOOKED_AHEAD * _DAY
        if pick.service is None:
            return WhyView(pick, None, until)
        window = window_of_dates(today, until, zone=known.timezone)
        world = load_world(connection, means.mirror, known, [pick.service], window)
    found = survey(world, service=pick.service.service.code, client=asker, window=window, now=now)
    return WhyView(pick, found, until - _DAY)


def _picked(
    connection: Connection,
    actor: Actor,
    provider: str,
    service: str | None,
    client_id: str | None,
    now: datetime,
) -> tuple[KnownProvider, Pickers, Asker]:
    known = finding.provider_for(connection, actor, provider, Action.EXPLAIN)
    services = tuple(each for each in services_of(connection, known) if each.service.active)
    client, clients = _client(connection, actor, known, client_id)
    asker = finding.asker(connection, known.practice.id, client, now=now)
    pick = Pickers(finding.provider_view(known), services, _service(services, service), clients, client)
    return known, pick, asker


def _service(services: Sequence[KnownService], code: str | None) -> KnownService | None:
    if code is None:
        return next(iter(services), None)
    found = next((each for each in services if each.service.code == code), None)
    if found is None:
        raise Refused(Problem.INVALID, errors=[FieldError("service", N_("There is no such service."))])
    return found


def _client(
    connection: Connection, actor: Actor, provider: KnownProvider, client_id: str | None
) -> tuple[Client | None, tuple[Client, ...]]:
    """The client asked about, among those whom the actor may see. Whoever watches the system only knows ids."""
    seen = tuple(clients_seen(connection, actor, [provider.slug]))
    found = next((each for each in seen if each.id == client_id), None)
    if client_id is not None and found is None:
        raise Refused(Problem.INVALID, errors=[FieldError("client", N_("There is no such client."))])
    return found, seen if actor.may(Action.ACT_FOR_CLIENTS) else ()
