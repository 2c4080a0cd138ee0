"""Offered time that a process keeps, for as long as the database says that nothing which decides it has changed.

A version per provider, practice and practice's rooms is raised by triggers in the transaction of every such change,
so that a change made by any process is seen by the next question. Only what a stranger may ask for is kept: what
depends on a client is computed anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from booking import availability
from booking.desk import finding
from booking.epoch import day_start, instant, micros
from booking.lasting import Lasting, lasting
from booking.notice import horizon_end
from booking.ports import Mirror
from booking.practice import Mode
from booking.store.finding import KnownProvider, KnownService, providers_of, services_of
from booking.store.offers import load_world
from booking.store.stamps import Stamp, stamp_in, stamp_of, versions_of
from booking.world import Asker
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

MOST_STARTS = 12_000
"""That many a provider, of all services together, are 60 kB."""

_MOST_PAGES = 2
_DAY = timedelta(days=1)
_SPARE = 3
"""Days beyond the horizon, so that an answer outlives the day on which it was made."""

K = TypeVar("K")
V = TypeVar("V")
Page = tuple[str, Mode | None, int, int]
"""The zone, the mode, and which starts: from and up to."""


@dataclass(slots=True)
class KeptAnswer:
    """The starts of one service, and the last few pages of them as they were written out."""

    starts: Lasting
    pages: OrderedDict[Page, bytes] = field(default_factory=OrderedDict)


@dataclass(slots=True)
class KeptProvider:
    """A provider as of ``stamp``; ``answers`` by the code of the service, those asked for last."""

    stamp: Stamp
    provider: KnownProvider
    services: dict[str, KnownService]
    answers: OrderedDict[str, KeptAnswer] = field(default_factory=OrderedDict)


@dataclass(frozen=True, slots=True)
class KeptPractice:
    id: str
    versions: Mapping[str, int]
    providers: tuple[KeptProvider, ...]


class KeptOffers:
    """Safe to use from many threads. ``most`` providers are kept, those asked for last."""

    def __init__(self, mirror: Mirror, *, most: int = 2_000) -> None:
        self._mirror = mirror
        self._most = most
        self._ids: OrderedDict[tuple[str, str], tuple[str, str]] = OrderedDict()
        self._providers: OrderedDict[str, KeptProvider] = OrderedDict()
        self._practices: OrderedDict[str, KeptPractice] = OrderedDict()
        self._lock = threading.Lock()

    def provider(self, connection: Connection, practice: str, provider: str) -> KeptProvider:
        """An active provider by slugs; refused like one that is not there otherwise.

        The version is read first in the caller's transaction: what is loaded after it is never older.
        """
        ids = self._ids.get((practice, provider)) or self._look_up(connection, practice, provider)
        while True:
            stamp = stamp_of(connection, *ids)
            kept = self._providers.get(ids[1])
            if kept is not None and kept.stamp == stamp:
                return kept
            found = finding.provider(connection, practice, provider)
            if (found.practice.id, found.id) == ids:
                return self._load(connection, found, stamp)
            # Whoever had the name was removed, and somebody else was added under it.
            ids = self._look_up(connection, practice, provider)

    def _look_up(self, connection: Connection, practice: str, provider: str) -> tuple[str, str]:
        found = finding.provider(connection, practice, provider)
        ids = (found.practice.id, found.id)
        self._remember(self._ids, (practice, provider), ids)
        return ids

    def known(self, practice: str, provider: str) -> KeptProvider | None:
        """What is kept of a provider, whether or not it still stands."""
        ids = self._ids.get((practice, provider))
        return None if ids is None else self._providers.get(ids[1])

    def stands(self, connection: Connection, kept: KeptProvider) -> bool:
        """True if nothing that decides the provider's offer has changed since."""
        known = kept.provider
        return stamp_of(connection, known.practice.id, known.id) == kept.stamp

    def practice(self, connection: Connection, practice: str) -> tuple[KeptProvider, ...]:
        """The practice's providers whose time can be asked for at all, in its order."""
        known = self._practices.get(practice)
        versions = {} if known is None else versions_of(connection, known.id)
        if known is None or known.versions != versions:
            home_id = finding.practice(connection, practice).id
            versions = versions_of(connection, home_id)
            home = finding.practice(connection, practice)
            providers = tuple(
                self._of(connection, each, versions) for each in providers_of(connection, home) if each.open
            )
            known = KeptPractice(home_id, versions, providers)
            self._remember(self._practices, practice, known)
        return known.providers

    def _of(self, connection: Connection, known: KnownProvider, versions: Mapping[str, int]) -> KeptProvider:
        stamp = stamp_in(versions, known.practice.id, known.id)
        kept = self._providers.get(known.id)
        return kept if kept is not None and kept.stamp == stamp else self._load(connection, known, stamp)

    def _load(self, connection: Connection, known: KnownProvider, stamp: Stamp) -> KeptProvider:
        services = {each.service.code: each for each in services_of(connection, known)}
        kept = KeptProvider(stamp, known, services)
        self._remember(self._providers, known.id, kept)
        return kept

    def answered(self, kept: KeptProvider, service: KnownService, *, now: datetime) -> KeptAnswer | None:
        """What was answered before, if it lasts until now."""
        found = kept.answers.get(service.service.code)
        lasts = (
            found is not None and found.starts.holds_at(micros(now)) and _covers(found, service, kept, now)
        )
        return found if lasts else None

    def answer(
        self, connection: Connection, kept: KeptProvider, service: KnownService, *, now: datetime
    ) -> KeptAnswer:
        """What lasts of a service's offer from today to its horizon."""
        code = service.service.code
        found = self.answered(kept, service, now=now)
        if found is not None:
            return found
        window = _cover(service, kept.provider.timezone, now)
        world = load_world(connection, self._mirror, kept.provider, [service], window)
        question = availability.ask(world, service=code, client=Asker(), window=window, now=now)
        made = KeptAnswer(lasting(question))
        with self._lock:
            kept.answers[code] = made
            kept.answers.move_to_end(code)
            while len(kept.answers) > 1 and _size(kept) > MOST_STARTS:
                kept.answers.popitem(last=False)
        return made

    def page(self, answer: KeptAnswer, page: Page, write: Callable[[], bytes]) -> bytes:
        """A page of an answer as ``write`` makes it, unless it was written before."""
        found = answer.pages.get(page)
        if found is None:
            found = write()
            with self._lock:
                answer.pages[page] = found
                while len(answer.pages) > _MOST_PAGES:
                    answer.pages.popitem(last=False)
        return found

    def _remember(self, into: OrderedDict[K, V], key: K, value: V) -> None:
        with self._lock:
            into[key] = value
            into.move_to_end(key)
            while len(into) > self._most:
                into.popitem(last=False)


def _cover(service: KnownService, zone: str, now: datetime) -> TimeSpan:
    today = instant_to_wall(now, zone).date()
    end = today + (service.rules.horizon_days + _SPARE) * _DAY
    return TimeSpan(instant(day_start(today, zone)), instant(day_start(end, zone)))


def _covers(answer: KeptAnswer, service: KnownService, kept: KeptProvider, now: datetime) -> bool:
    end = horizon_end(now, service.rules, zone=kept.provider.timezone)
    return answer.starts.opens <= micros(now) and micros(end) <= answer.starts.closes


def _size(kept: KeptProvider) -> int:
    return sum(len(answer.starts.starts) for answer in kept.answers.values())
