"""Loading the bodies of named members (RFC 4791 7.9), so that one that cannot be loaded stops no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from sync.backends.ahead import one_ahead
from sync.backends.caldav.collection import Collection, spelling
from sync.backends.caldav.dav import NO_DAV, Answer, DavConnection, raise_for_collection, strong_etag
from sync.backends.caldav.multistatus import Member, NotMultistatus, read_multistatus
from sync.backends.caldav.names import CALENDAR_DATA, GETETAG
from sync.backends.errors import Refused, Unavailable
from sync.backends.objects import remote_object
from sync.backends.protocol import RemoteObject

CHUNK = 100
_PROPS = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
_FAILURES_IN_A_ROW = 10


@dataclass(slots=True)
class Loaded:
    """``others`` were loaded and hold no event; ``unread`` could not be loaded or are no longer there."""

    objects: list[RemoteObject] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Body:
    href: str
    status: int | None
    etag: str | None
    text: str | None


class Loader:
    """Loads members of one calendar within one reading."""

    def __init__(self, dav: DavConnection, collection: Collection, own_addresses: frozenset[str]) -> None:
        self._dav = dav
        self._collection = collection
        self._own = own_addresses
        self._failures = 0

    def chunks(self, hrefs: Sequence[str]) -> Iterator[Loaded]:
        """All of ``hrefs``, at most ``CHUNK`` at a time, in their order; nothing for no hrefs."""
        parts = [list(hrefs[at : at + CHUNK]) for at in range(0, len(hrefs), CHUNK)]
        for part, bodies in one_ahead(self._multiget, parts):
            loaded = Loaded()
            self._take(part, bodies, loaded)
            yield loaded

    def one(self, href: str) -> RemoteObject | None:
        """By GET. None if it is not there, or holds no event."""
        answer = self._dav.get(self._collection.url_of(href))
        if answer.status in (404, 410):
            return None
        return self._object_of(href, answer)

    def _load(self, hrefs: list[str], loaded: Loaded) -> None:
        self._take(hrefs, self._multiget(hrefs), loaded)

    def _take(self, hrefs: list[str], bodies: Mapping[str, _Body] | None, loaded: Loaded) -> None:
        if bodies is None:
            self._load_apart(hrefs, loaded)
            return
        for href in hrefs:
            body = bodies.get(spelling(href))
            if body is not None and body.text is not None:
                self.sort(href, body.etag, body.text.encode(), loaded)
            else:
                # Left out, or called missing: deleted since it was named, or only hidden from this report for now.
                self._load_alone(href, loaded)

    def _load_apart(self, hrefs: list[str], loaded: Loaded) -> None:
        """A report that fails as a whole may do so for one member: halves find it."""
        if len(hrefs) == 1:
            self._load_alone(hrefs[0], loaded)
            return
        middle = len(hrefs) // 2
        self._load(hrefs[:middle], loaded)
        self._load(hrefs[middle:], loaded)

    def _load_alone(self, href: str, loaded: Loaded) -> None:
        try:
            answer = self._dav.get(self._collection.url_of(href))
        except Refused:
            loaded.unread.append(href)
            return
        if answer.status == 200 and not answer.is_page:
            self._failures = 0
            self.sort(href, answer.etag, answer.body, loaded)
            return
        self._failures = self._failures + 1 if answer.status >= 500 else 0
        if self._failures >= _FAILURES_IN_A_ROW:
            raise_for_collection(answer)
        loaded.unread.append(href)

    def _multiget(self, hrefs: list[str]) -> dict[str, _Body] | None:
        """What the server says of each, by spelling; None if it fails for these members together."""
        content = _PROPS + "".join(f"<D:href>{escape(href)}</D:href>" for href in hrefs)
        answer = self._dav.report(self._collection.url, "C:calendar-multiget", content, depth=1)
        if answer.status in (403, 404, 410) or (answer.ok and answer.status != 207):
            raise_for_collection(answer)
        if answer.status != 207:
            return None
        try:
            bodies = read_multistatus(answer.body, _body).members
        except NotMultistatus:
            # Characters that XML forbids, passed on from one event, spoil the whole answer.
            return None
        placed = ((self._collection.href_of(body.href), body) for body in bodies)
        return {spelling(href): body for href, body in placed if href is not None}

    def sort(self, href: str, etag: str | None, raw: bytes, loaded: Loaded) -> None:
        """Put what was read of a member where it belongs."""
        seen = remote_object(href, etag, raw, self._own)
        if seen is None:
            loaded.others.append(href)
        else:
            loaded.objects.append(seen)

    def _object_of(self, href: str, answer: Answer) -> RemoteObject | None:
        if answer.status != 200 or answer.is_page:
            if answer.status == 403:
                raise Refused("The calendar server does not allow this account to read the event.")
            raise Unavailable(
                NO_DAV if answer.status < 500 else "The calendar server failed to give the event."
            )
        return remote_object(href, answer.etag, answer.body, self._own)


def _body(member: Member) -> _Body:
    element = member.found.get(CALENDAR_DATA)
    text = element.text if element is not None else None
    return _Body(member.href, member.status, strong_etag(member.text(GETETAG)), text or None)
