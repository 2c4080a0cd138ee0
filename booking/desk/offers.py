"""Times on offer: of one provider, and the next ones of a practice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from booking.availability import Modes, ask, open_slots
from booking.desk import finding
from booking.desk.forms import STRANGER, Asking, SlotQuery
from booking.desk.kept import KeptAnswer, KeptProvider, Page
from booking.desk.means import Means
from booking.desk.views import NextSlot, SlotAnswer, slots_json
from booking.desk.window import a_mode, a_zone, window_of
from booking.epoch import instant, micros
from booking.freshness import FreshnessState, state
from booking.ladder import N_
from booking.lasting import OfferedSpans, earliest
from booking.obstacles import places_left
from booking.practice import Mode
from booking.refusals import FieldError, Problem, Refused
from booking.store.finding import KnownService
from booking.store.offers import load_world
from booking.world import Asker
from sync.model.freebusy import Freshness
from sync.model.timespan import TimeSpan

MOST_NEXT = 50
_DAY = timedelta(days=1)
_STEP = timedelta(days=14)
_SECOND = 1_000_000

Starts = Sequence[tuple[int, Modes]]
"""Seconds since 1970 with the modes they can be had in, ascending."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that names what there is."""

    of: KeptProvider
    service: KnownService
    zone: str
    mode: Mode | None
    window: TimeSpan
    freshness: Freshness
    state: FreshnessState

    def answer(self, starts: Starts) -> SlotAnswer:
        return SlotAnswer(
            timezone=self.zone,
            freshness=self.state.value,
            checked_at=self.freshness.checked_at,
            starts=starts,
            length=self.service.service.length,
        )


def slots(means: Means, query: SlotQuery, *, now: datetime) -> SlotAnswer:
    with means.books.read() as connection:
        asked = _ask(means, connection, query, now)
        if query.asking != STRANGER:
            return asked.answer(_for_client(means, connection, asked, query.asking, now))
        kept, indexes = _for_stranger(means, connection, asked, now)
    return asked.answer(list(kept.starts.at(indexes, asked.mode)))


def places(means: Means, query: SlotQuery, *, now: datetime) -> dict[datetime, int]:
    """How many places are left at the starts at which a group has begun to fill; elsewhere all are. Counts only."""
    with means.books.read() as connection:
        asked = _ask(means, connection, query, now)
        if asked.service.service.capacity == 1:
            return {}
        world = load_world(connection, means.mirror, asked.of.provider, [asked.service], asked.window)
    code = asked.service.service.code
    question = ask(world, service=code, client=Asker(), window=asked.window, now=now)
    return {
        instant(start): left
        for mode in asked.service.service.modes
        for start, left in places_left(question, mode).items()
    }


def slots_document(means: Means, query: SlotQuery, *, now: datetime) -> bytes:
    """The answer as JSON. A stranger's is mostly one that was written before."""
    if query.asking != STRANGER:
        return slots(means, query, now=now).json()
    with means.books.read() as connection:
        asked = _ask(means, connection, query, now)
        kept, indexes = _for_stranger(means, connection, asked, now)

    def write() -> bytes:
        return slots_json(list(kept.starts.at(indexes, asked.mode)), asked.service.service.length, asked.zone)

    page = means.kept.page(kept, _page(asked, indexes), write)
    return asked.answer([]).json_around(page)


def slots_in_hand(means: Means, query: SlotQuery, *, now: datetime) -> bytes | None:
    """What ``slots_document`` would answer a stranger if all of it was written before and still stands; None if not.

    Two reads by themselves take the place of a transaction. How old the calendars are is read first: a reading that
    ends between the two raises the version, so its age is never told of an offer that does not know it.
    """
    of = means.kept.known(query.practice, query.provider)
    service = None if of is None else of.services.get(query.service)
    if of is None or service is None or query.asking != STRANGER:
        return None
    with means.books.glance() as connection:
        freshness = means.mirror.freshness(connection, of.provider.id)
        if not means.kept.stands(connection, of):
            return None
    asked = _of(of, service, query, freshness, now)
    kept = means.kept.answered(of, service, now=now)
    if kept is None:
        return None
    indexes = _offered(asked, kept, now)
    page = kept.pages.get(_page(asked, indexes))
    return None if page is None else asked.answer([]).json_around(page)


def _ask(means: Means, connection: Connection, query: SlotQuery, now: datetime) -> _Asked:
    of = means.kept.provider(connection, query.practice, query.provider)
    service = of.services.get(query.service)
    return _of(of, service, query, means.mirror.freshness(connection, of.provider.id), now)


def _of(
    of: KeptProvider, service: KnownService | None, query: SlotQuery, freshness: Freshness, now: datetime
) -> _Asked:
    zone = a_zone(query.zone, of.provider.timezone)
    window = window_of(query.start, query.end, zone, now)
    mode = a_mode(query.mode)
    if service is None:
        raise Refused(Problem.INVALID, errors=[FieldError("service", N_("There is no such service."))])
    known = state(freshness, now=now, rules=service.rules)
    return _Asked(of, service, zone, mode, window, freshness, known)


def _for_stranger(
    means: Means, connection: Connection, asked: _Asked, now: datetime
) -> tuple[KeptAnswer, range]:
    """What lasts of the offer, and which of it can be asked for now inside the window."""
    kept = means.kept.answer(connection, asked.of, asked.service, now=now)
    return kept, _offered(asked, kept, now)


def _offered(asked: _Asked, kept: KeptAnswer, now: datetime) -> range:
    """Which of the starts can be asked for now inside the window."""
    if asked.state is FreshnessState.CLOSED:
        return range(0)
    first, stop = OfferedSpans(now).of(asked.service.rules, asked.of.provider.timezone)
    # The window is of whole local days, which begin on whole seconds.
    opens, closes = (micros(edge) // _SECOND for edge in (asked.window.start, asked.window.end))
    return kept.starts.between(max(first, opens), min(stop, closes))


def _page(asked: _Asked, indexes: range) -> Page:
    return asked.zone, asked.mode, indexes.start, indexes.stop


def _for_client(means: Means, connection: Connection, asked: _Asked, asking: Asking, now: datetime) -> Starts:
    """Computed anew: privileges and prime time are the client's own."""
    known = asked.of.provider
    client = finding.client_of(connection, means, known.practice.id, asking, now=now)
    asker = finding.asker(connection, known.practice.id, client, now=now)
    world = load_world(connection, means.mirror, known, [asked.service], asked.window)
    found = open_slots(
        world, service=asked.service.service.code, client=asker, window=asked.window, now=now, mode=asked.mode
    )
    return [(micros(slot.start) // _SECOND, slot.modes) for slot in found]


def next_slots(
    means: Means,
    practice: str,
    service: str,
    *,
    mode: str | None = None,
    limit: int = 5,
    asking: Asking = STRANGER,
    now: datetime,
) -> tuple[NextSlot, ...]:
    """The earliest times of each provider who has the service, the earliest of all first."""
    if not 1 <= limit <= MOST_NEXT:
        text = N_("A limit lies between 1 and 50.")
        raise Refused(Problem.INVALID, errors=[FieldError("limit", text)])
    wanted = a_mode(mode)
    with means.books.read() as connection:
        having = [of for of in means.kept.practice(connection, practice) if service in of.services]
        if asking == STRANGER:
            found = _next_for_stranger(means, connection, having, service, wanted, limit, now)
        else:
            found = _next_for_client(means, connection, having, service, wanted, limit, asking, now)
    return tuple(
        NextSlot(finding.provider_view(of.provider), slot)
        for of, start, modes in found
        for slot in SlotAnswer(
            of.provider.timezone, "", None, [(start, modes)], of.services[service].service.length
        ).slots
    )


Found = list[tuple[KeptProvider, int, Modes]]


def _next_for_stranger(
    means: Means,
    connection: Connection,
    having: Sequence[KeptProvider],
    service: str,
    mode: Mode | None,
    limit: int,
    now: datetime,
) -> Found:
    known = means.mirror.freshnesses(connection, [of.provider.id for of in having])
    rows, owners, spans = [], [], OfferedSpans(now)
    for of in having:
        terms = of.services[service]
        if state(known[of.provider.id], now=now, rules=terms.rules) is not FreshnessState.CLOSED:
            kept = means.kept.answer(connection, of, terms, now=now)
            rows.append((kept.starts, *spans.of(terms.rules, of.provider.timezone)))
            owners.append(of)
    return [(owners[index], start, modes) for start, index, modes in earliest(rows, limit=limit, mode=mode)]


def _next_for_client(
    means: Means,
    connection: Connection,
    having: Sequence[KeptProvider],
    service: str,
    mode: Mode | None,
    limit: int,
    asking: Asking,
    now: datetime,
) -> Found:
    found: Found = []
    for of in having:
        practice_id = of.provider.practice.id
        client = finding.client_of(connection, means, practice_id, asking, now=now)
        asker = finding.asker(connection, practice_id, client, now=now)
        times = _earliest_of(means, connection, of, of.services[service], asker, mode, limit, now)
        found += [(of, start, modes) for start, modes in times]
    found.sort(key=lambda each: (each[1], each[0].provider.slug))
    return found[:limit]


def _earliest_of(
    means: Means,
    connection: Connection,
    of: KeptProvider,
    service: KnownService,
    asker: Asker,
    mode: Mode | None,
    limit: int,
    now: datetime,
) -> Starts:
    """The first ``limit`` times within the horizon, looked for two weeks at a time."""
    found: list[tuple[int, Modes]] = []
    for window in _steps(now, now + (service.rules.horizon_days + 1) * _DAY):
        world = load_world(connection, means.mirror, of.provider, [service], window)
        code = service.service.code
        times = open_slots(world, service=code, client=asker, window=window, now=now, mode=mode)
        found += [(micros(slot.start) // _SECOND, slot.modes) for slot in times]
        if len(found) >= limit:
            break
    return found[:limit]


def _steps(start: datetime, end: datetime) -> Iterator[TimeSpan]:
    while start < end:
        yield TimeSpan(start, min(start + _STEP, end))
        start += _STEP
