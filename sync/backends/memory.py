"""The calendar backend over a ``MemoryServer``: the same contract as the real ones, without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sync.backends.errors import PreconditionFailed, Rejected, SyncTokenInvalid, no_push
from sync.backends.memory_server import Collection, MemoryServer, Stored
from sync.backends.objects import edited_text, new_text, remote_object, same_meaning
from sync.backends.protocol import (
    Channel,
    Cursor,
    CursorKind,
    Discovery,
    Identity,
    Known,
    Page,
    RemoteCalendar,
    RemoteObject,
    Written,
)
from sync.model.event import Series

__all__ = ["MemoryBackend", "MemoryServer"]

_PARAMS = "memory-1"


class MemoryBackend:
    """One account at a ``MemoryServer``."""

    pushes = False
    renames = True

    def __init__(
        self,
        server: MemoryServer,
        *,
        username: str = "ada@example.com",
        password: str = "secret",
        own_addresses: frozenset[str] = frozenset(),
    ) -> None:
        self._server = server
        self._username = username
        self._password = password
        self.refuses_repeats = server.refuses_repeats
        self._own = own_addresses | {username.lower()} | server.own_addresses

    def discover(self) -> Discovery:
        with self._server.answering("discover", "/", self._password):
            return Discovery(f"/{self._username}/", self._own, self._server.calendars())

    def changes(self, calendar: RemoteCalendar, cursor: Cursor | None, known: Known) -> Iterator[Page]:
        if cursor is None:
            yield from self._listing(calendar, known)
        elif cursor.params != _PARAMS:
            raise SyncTokenInvalid("The calendar was read in another way before.")
        elif cursor.kind is CursorKind.ETAGS:
            yield from self._compared(calendar, cursor, known)
        else:
            yield from self._report(calendar, cursor)

    def href_of(self, calendar: RemoteCalendar, identity: Identity) -> str:
        return f"{calendar.remote_id}{identity.name}.ics"

    def read(self, calendar: RemoteCalendar, href: str) -> RemoteObject | None:
        with self._server.answering("read", href, self._password):
            stored = self._server.collection(calendar).objects.get(href)
            return None if stored is None else self._seen(href, stored)

    def find(self, calendar: RemoteCalendar, uid: str) -> RemoteObject | None:
        with self._server.answering("find", calendar.remote_id, self._password):
            return self._with_uid(self._server.collection(calendar), uid)

    def create(
        self, calendar: RemoteCalendar, identity: Identity, series: Series, *, now: datetime
    ) -> Written:
        href = self.href_of(calendar, identity)
        raw = new_text(series, now=now)
        with self._server.answering("create", href, self._password):
            collection = self._server.collection(calendar)
            taken = href in collection.objects or self._with_uid(collection, series.uid) is not None
            if taken or self._server.is_burnt(collection, href):
                raise PreconditionFailed("There is an event of this name in the calendar already.")
            stored = self._server.store(collection, href, self._kept(raw))
        return self._written(href, stored)

    def update(
        self, calendar: RemoteCalendar, seen: RemoteObject, series: Series, *, now: datetime
    ) -> Written:
        with self._server.answering("update", seen.href, self._password):
            collection = self._server.collection(calendar)
            # Read without an etag, it may have been given things since that have no meaning to us.
            seen = replace(seen, raw=self._demand(collection, seen).raw)
            raw = edited_text(seen, series, now=now, own_addresses=self._own)
            stored = self._server.store(collection, seen.href, self._kept(raw))
        return self._written(seen.href, stored)

    def delete(self, calendar: RemoteCalendar, seen: RemoteObject) -> bool:
        with self._server.answering("delete", seen.href, self._password):
            collection = self._server.collection(calendar)
            there = seen.href in collection.objects
            if there:
                self._demand(collection, seen)
                self._server.drop(collection, seen.href)
        return there

    def watch(self, calendar: RemoteCalendar, channel: Channel) -> Channel:
        raise no_push()

    def stop_watching(self, channel: Channel) -> None:
        raise no_push()

    def close(self) -> None:
        """There is no connection."""

    def _kept(self, raw: bytes) -> bytes:
        return raw if self._server.rewrites is None else self._server.rewrites(raw)

    def _demand(self, collection: Collection, seen: RemoteObject) -> Stored:
        """Lets ``seen`` be written over if it has its etag or, read without one, its meaning still."""
        etag = seen.etag
        stored = collection.objects.get(seen.href)
        current = None if stored is None else self._seen(seen.href, stored)
        if stored is not None and etag is None and current is not None and same_meaning(current, seen):
            etag = stored.etag
        return self._server.demand(collection, seen.href, etag)

    def _listing(self, calendar: RemoteCalendar, known: Known) -> Iterator[Page]:
        """Everything, after the token was taken: what changes meanwhile is named again by the next report."""
        etags = known.etags()
        hrefs: list[str] = []
        token = ""
        start = 0
        while start == 0 or start < len(hrefs):
            with self._server.answering("list", calendar.remote_id, self._password):
                collection = self._server.collection(calendar)
                if start == 0:
                    token = self._server.token_of(collection)
                    hrefs = [] if self._server.lists_nothing else sorted(collection.objects)
                end = start + self._server.page_size
                page = self._page(collection, hrefs[start:end], etags)
            start = end
            kind = CursorKind.SYNC_TOKEN if self._server.offers_tokens else CursorKind.ETAGS
            last = Cursor(kind, token, _PARAMS) if start >= len(hrefs) else None
            yield Page(page.changed, (), page.present, cursor=last, full=True)

    def _compared(self, calendar: RemoteCalendar, cursor: Cursor, known: Known) -> Iterator[Page]:
        with self._server.answering("ctag", calendar.remote_id, self._password):
            unchanged = self._server.token_of(self._server.collection(calendar)) == cursor.value
        if unchanged:
            yield Page(cursor=cursor)
        else:
            yield from self._listing(calendar, known)

    def _report(self, calendar: RemoteCalendar, cursor: Cursor) -> Iterator[Page]:
        token, more = cursor.value, True
        while more:
            with self._server.answering("report", calendar.remote_id, self._password):
                collection = self._server.collection(calendar)
                changes = self._server.changed_since(collection, token)
                # A token for a content can only be had for the whole of it.
                part = changes if self._server.content_tokens else changes[: self._server.page_size]
                more = len(part) < len(changes)
                token = part[-1].token if more else self._server.token_of(collection)
                page = self._page(collection, [change.href for change in part], {})
            last = None if more else Cursor(CursorKind.SYNC_TOKEN, token, _PARAMS)
            yield Page(page.changed, page.gone, cursor=last)

    def _page(self, collection: Collection, hrefs: list[str], etags: Mapping[str, str | None]) -> Page:
        changed, gone, present = [], [], []
        for href in hrefs:
            stored = collection.objects.get(href)
            if stored is not None and self._server.states_etags and etags.get(href) == stored.etag:
                present.append(href)
            elif stored is not None and (seen := self._seen(href, stored)) is not None:
                changed.append(seen)
            else:
                gone.append(href)
        return Page(tuple(changed), tuple(gone), tuple(present))

    def _seen(self, href: str, stored: Stored) -> RemoteObject | None:
        etag = stored.etag if self._server.states_etags else None
        return remote_object(href, etag, stored.raw, self._own)

    def _written(self, href: str, stored: Stored) -> Written:
        written = self._seen(href, stored)
        if written is None:
            raise Rejected("What was written is not an event.")
        return Written(written)

    def _with_uid(self, collection: Collection, uid: str) -> RemoteObject | None:
        objects = (self._seen(href, stored) for href, stored in sorted(collection.objects.items()))
        return next((seen for seen in objects if seen is not None and seen.uid == uid), None)
