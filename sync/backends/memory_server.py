"""A calendar server in memory for tests: honest by default, with the faults and lies that real ones have shown.

It keeps iCalendar text under hrefs as a CalDAV server does, so that what we do not understand survives there.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from sync.backends.errors import (
    AuthorizationLost,
    CalendarMissing,
    PreconditionFailed,
    SyncTokenInvalid,
    Unavailable,
)
from sync.backends.protocol import RemoteCalendar


@dataclass(frozen=True, slots=True)
class Stored:
    """One resource: its text and the etag that every write renews."""

    etag: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the server saw it; ``target`` is the calendar or the href."""

    operation: str
    target: str


@dataclass(frozen=True, slots=True)
class Change:
    """An href that was written or removed, and the token of everything up to there."""

    href: str
    token: str


@dataclass(slots=True)
class Collection:
    """One calendar with the log of its changes; a sync token is a position in that log."""

    calendar: RemoteCalendar
    objects: dict[str, Stored] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    epoch: int = 0
    contents: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def token(self) -> str:
        return f"{self.epoch}:{len(self.log)}"

    def content_token(self) -> str:
        """One that stands for what the calendar holds: the same again when the same is held again."""
        content = {href: stored.raw for href, stored in self.objects.items()}
        digest = hashlib.sha256(repr((self.epoch, sorted(content.items()))).encode()).hexdigest()
        self.contents[digest] = content
        return digest

    def differing_from(self, token: str) -> list[Change]:
        """What is other than it was under a content token. Raises ``SyncTokenInvalid`` for an unknown one."""
        before = self.contents.get(token)
        if before is None:
            raise SyncTokenInvalid("The calendar server no longer knows how far it was read.")
        now = {href: stored.raw for href, stored in self.objects.items()}
        hrefs = sorted(before.keys() | now.keys())
        return [Change(href, self.content_token()) for href in hrefs if before.get(href) != now.get(href)]

    def changed_since(self, token: str) -> list[Change]:
        """In the order of their last change, each href once. Raises ``SyncTokenInvalid`` for another epoch's."""
        epoch, _, position = token.partition(":")
        if epoch != str(self.epoch) or not position.isdecimal() or int(position) > len(self.log):
            raise SyncTokenInvalid("The calendar server no longer knows how far it was read.")
        latest = {href: index for index, href in enumerate(self.log) if index >= int(position)}
        ordered = sorted(latest.items(), key=lambda item: item[1])
        return [Change(href, f"{self.epoch}:{index + 1}") for href, index in ordered]


@dataclass(slots=True)
class _Plan:
    operation: str
    action: Callable[[], None]
    after_effect: bool
    skip: int


class MemoryServer:
    """Any number of calendars of one owner. Safe to use from several threads, each with its own backend.

    ``reachable`` False: every call is ``Unavailable``. ``password`` decides who gets in. ``page_size`` cuts readings.
    ``lists_nothing``: full enumerations come back empty and well-formed. ``reports_nothing``: a token is
    answered with no change and a newer token. ``honours_tokens`` False: every token is refused. ``offers_tokens``
    False: it has none, only etags and a ctag. ``states_etags`` False: it tells nobody which version it gives.
    ``content_tokens``: its tokens and etags stand for a content, not for a moment, as Xandikos' do.
    ``burns_names``: what was deleted keeps its name for ever, as at Google.
    ``refuses_repeats``: its backend says so; it does in any case.
    ``rewrites`` is what it makes of a text that is written through the backend.
    """

    def __init__(self, *, password: str = "secret", page_size: int = 100) -> None:
        self.password = password
        self.page_size = page_size
        self.reachable = True
        self.lists_nothing = False
        self.reports_nothing = False
        self.honours_tokens = True
        self.offers_tokens = True
        self.states_etags = True
        self.content_tokens = False
        self.burns_names = False
        self.refuses_repeats = False
        self.rewrites: Callable[[bytes], bytes] | None = None
        self.own_addresses: frozenset[str] = frozenset()
        self.calls: list[Call] = []
        self._collections: dict[str, Collection] = {}
        self._plans: list[_Plan] = []
        self._writes = 0
        self._lock = threading.RLock()

    # What the owner and her other programs do.

    def add_calendar(self, name: str, *, zone: str | None = None, writable: bool = True) -> RemoteCalendar:
        """A new empty calendar; one of the same name is replaced, as after deleting and making it again."""
        path = f"/{quote(name)}/"
        calendar = RemoteCalendar(path, f"memory://server{path}", name, zone, writable)
        self._collections[path] = Collection(calendar)
        return calendar

    def remove_calendar(self, calendar: RemoteCalendar) -> None:
        del self._collections[calendar.remote_id]

    def put(self, calendar: RemoteCalendar, name: str, text: str) -> str:
        """Another client stores iCalendar text, unconditionally; returns the href."""
        href = f"{calendar.remote_id}{name}.ics"
        with self._lock:
            self.store(self._collections[calendar.remote_id], href, text.encode())
        return href

    def remove(self, calendar: RemoteCalendar, href: str) -> None:
        """Another client deletes an object. KeyError if it is not there."""
        with self._lock:
            self.drop(self._collections[calendar.remote_id], href)

    def texts(self, calendar: RemoteCalendar) -> Mapping[str, str]:
        """href -> iCalendar text of everything the calendar holds now."""
        return {
            href: stored.raw.decode()
            for href, stored in self._collections[calendar.remote_id].objects.items()
        }

    def forget_tokens(self, calendar: RemoteCalendar) -> None:
        """All tokens handed out so far become invalid."""
        self._collections[calendar.remote_id].epoch += 1

    # What goes wrong on the way.

    def plan(
        self, operation: str, action: Callable[[], None], *, after_effect: bool = False, skip: int = 0
    ) -> None:
        """Runs ``action`` once, before or after the effect of the call after the next ``skip`` ones of that operation.

        Operations: discover, list, report (one call a page each), ctag, read, find, create, update, delete.
        """
        self._plans.append(_Plan(operation, action, after_effect, skip))

    def fail(
        self,
        operation: str,
        error: BaseException,
        *,
        after_effect: bool = False,
        skip: int = 0,
        times: int = 1,
    ) -> None:
        """Raises ``error`` on that call; with ``after_effect`` it was carried out and only the answer is lost."""

        def throw() -> None:
            raise error

        for _ in range(times):
            self.plan(operation, throw, after_effect=after_effect, skip=skip)

    # What a backend asks.

    @contextmanager
    def answering(self, operation: str, target: str, password: str) -> Iterator[None]:
        """Around the effect of one call: records it, lets planned faults happen, holds other threads off."""
        with self._lock:
            self.calls.append(Call(operation, target))
            plan = self._due(operation)
            if not self.reachable:
                raise Unavailable("The calendar server cannot be reached.")
            if password != self.password:
                raise AuthorizationLost("The calendar server refused the user name or password.")
            if plan is not None and not plan.after_effect:
                plan.action()
            yield
            if plan is not None and plan.after_effect:
                plan.action()

    def calendars(self) -> tuple[RemoteCalendar, ...]:
        return tuple(collection.calendar for collection in self._collections.values())

    def collection(self, calendar: RemoteCalendar) -> Collection:
        """Raises ``CalendarMissing``."""
        found = self._collections.get(calendar.remote_id)
        if found is None:
            raise CalendarMissing("The calendar is no longer on the server.")
        return found

    def is_burnt(self, collection: Collection, href: str) -> bool:
        return self.burns_names and href in collection.log

    def changed_since(self, collection: Collection, token: str) -> list[Change]:
        """What a report says. Raises ``SyncTokenInvalid``."""
        if not self.honours_tokens:
            raise SyncTokenInvalid("The calendar server no longer knows how far it was read.")
        if self.content_tokens:
            changes = collection.differing_from(token)
        else:
            changes = collection.changed_since(token)
        return [] if self.reports_nothing else changes

    def token_of(self, collection: Collection) -> str:
        return collection.content_token() if self.content_tokens else collection.token()

    def store(self, collection: Collection, href: str, raw: bytes) -> Stored:
        self._writes += 1
        version = hashlib.sha256(raw).hexdigest() if self.content_tokens else str(self._writes)
        stored = Stored(f'"{version}"', raw)
        collection.objects[href] = stored
        collection.log.append(href)
        return stored

    def drop(self, collection: Collection, href: str) -> None:
        del collection.objects[href]
        collection.log.append(href)

    def demand(self, collection: Collection, href: str, etag: str | None) -> Stored:
        """What is there, if it still has this etag. Raises ``PreconditionFailed``."""
        stored = collection.objects.get(href)
        if stored is None or stored.etag != etag:
            raise PreconditionFailed("The event was changed in the calendar in the meantime.")
        return stored

    def _due(self, operation: str) -> _Plan | None:
        for plan in self._plans:
            if plan.operation == operation:
                if plan.skip:
                    plan.skip -= 1
                    return None
                self._plans.remove(plan)
                return plan
        return None
