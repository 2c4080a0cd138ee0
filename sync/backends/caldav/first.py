"""A first reading in one report: calendar-query (RFC 4791 7.8) for every event with its body.

It is the largest answer there is, and the cheapest a server has: one pass over its files. It is not believed. Some
servers cut it short and do not say so, and some answer from an index that lags. So a listing is asked for while the
bodies are taken in, and what the report left out, or gave under another etag, is loaded by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sync.backends.caldav.collection import Collection, spelling
from sync.backends.caldav.dav import DavConnection, strong_etag
from sync.backends.caldav.listing import list_members
from sync.backends.caldav.loading import Loaded, Loader
from sync.backends.caldav.multistatus import Member, MultistatusStream, NotMultistatus
from sync.backends.caldav.names import CALENDAR_DATA, GETETAG
from sync.backends.errors import Throttled, Unavailable
from sync.http import OutboundError

_CONTENT = (
    "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>'
)
_OBJECTS_A_PAGE = 500
_TRUNCATED = 507
_TOO_MUCH = frozenset({"too-large", "deadline", "timeout", "cut", "encoding"})


class NotWhole(Exception):
    """The server does not hand out a calendar in this way, or not to its end. What was handed out stands."""


@dataclass(slots=True)
class FirstReading:
    """One attempt. ``total``: how many members there are, as soon as the listing has said so."""

    dav: DavConnection
    collection: Collection
    loader: Loader
    total: int | None = None
    _read: dict[str, str | None] = field(default_factory=dict)
    """The etag of what has been read, by the spelling of its name."""

    def pages(self) -> Iterator[tuple[Loaded, bool]]:
        """Everything, in parts, each with whether the next is in hand. Raises ``NotWhole`` at any time, and what a
        listing raises."""
        stream = self._report()
        with ThreadPoolExecutor(1, thread_name_prefix="listing") as pool:
            listing = pool.submit(list_members, self.dav, self.collection)
            for loaded in self._bodies(stream):
                if listing.done() and listing.exception() is None:
                    self.total = len(listing.result())
                yield loaded, True
            members = listing.result()
        wanted = [href for href, etag in members.items() if not self._has(href, etag)]
        yield from ((loaded, False) for loaded in self.loader.chunks(wanted))

    def _has(self, href: str, etag: str | None) -> bool:
        """Whether the member was read as it is; where an etag is not stated on both sides, that it was read will do."""
        if (name := spelling(href)) not in self._read:
            return False
        return self._read[name] in (None, etag) or etag is None

    def _report(self) -> MultistatusStream[tuple[str, int | None, str | None, str | None]]:
        try:
            answer, source = self.dav.long_report(self.collection.url, "C:calendar-query", _CONTENT, depth=1)
        except Unavailable as error:
            if _is_down(error):
                raise
            raise NotWhole from error
        if answer.status != 207:
            raise NotWhole
        return MultistatusStream(source, _body)

    def _bodies(
        self, stream: MultistatusStream[tuple[str, int | None, str | None, str | None]]
    ) -> Iterator[Loaded]:
        loaded, count = Loaded(), 0
        try:
            for named, status, etag, text in stream:
                if status == _TRUNCATED:
                    raise NotWhole
                href = self.collection.href_of(named)
                if href is None or not text or spelling(href) in self._read:
                    continue
                self._read[spelling(href)] = etag
                self.loader.sort(href, etag, text.encode(), loaded)
                count += 1
                if count % _OBJECTS_A_PAGE == 0:
                    yield loaded
                    loaded = Loaded()
        except NotMultistatus as error:
            raise NotWhole from error
        if loaded.objects or loaded.others:
            yield loaded


def _is_down(error: Unavailable) -> bool:
    """Whether anything else would fail as well. What was too long, too slow or cut may work in parts."""
    if isinstance(error, Throttled) or error.retry_after is not None:
        return True
    cause = error.__cause__
    return isinstance(cause, OutboundError) and cause.reason not in _TOO_MUCH


def _body(member: Member) -> tuple[str, int | None, str | None, str | None]:
    """Name, status, ETag and text of a member."""
    element = member.found.get(CALENDAR_DATA)
    text = element.text if element is not None else None
    return member.href, member.status, strong_etag(member.text(GETETAG)), text
