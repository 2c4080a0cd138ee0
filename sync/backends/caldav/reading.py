"""How a calendar is read: by sync token where the server keeps one, else by comparing etags under a ctag."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from sync.backends.caldav.capabilities import CollectionState, collection_state
from sync.backends.caldav.collection import Collection
from sync.backends.caldav.dav import DavConnection
from sync.backends.caldav.first import FirstReading, NotWhole
from sync.backends.caldav.listing import ReportFailed, ReportNotOffered, changes_since, list_members
from sync.backends.caldav.loading import Loaded, Loader
from sync.backends.caldav.quirks import names_known
from sync.backends.caldav.searching import find
from sync.backends.errors import SyncTokenInvalid
from sync.backends.protocol import Cursor, CursorKind, Known, Page, RemoteObject

PARAMS = "caldav-1"
"""Raised whenever what is asked for changes, so that older cursors are not used."""

_NAMES_A_PAGE = 1_000
_Pages = Generator[Page, None, Cursor]


class Reader:
    """Reads one calendar."""

    def __init__(
        self,
        dav: DavConnection,
        collection: Collection,
        own_addresses: frozenset[str],
        ways: CollectionState | None = None,
    ) -> None:
        """``ways``: what the collection said of itself earlier, if it did; its token and ctag are of that time."""
        self._ways = ways
        self._dav = dav
        self._collection = collection
        self._own = own_addresses
        self._loader = Loader(dav, collection, own_addresses)

    def changes(self, cursor: Cursor | None, known: Known) -> Iterator[Page]:
        """As ``CalendarBackend.changes``. Nothing changed costs one request, a few changes two."""
        if cursor is None:
            return self._everything(known)
        if cursor.params != PARAMS:
            raise SyncTokenInvalid("The calendar was read in another way before.")
        if cursor.kind is CursorKind.SYNC_TOKEN:
            return self._by_token(cursor.value, known)
        if cursor.kind is CursorKind.ETAGS:
            return self._by_ctag(cursor, known)
        raise SyncTokenInvalid("The calendar was read at another kind of server before.")

    def read(self, href: str) -> RemoteObject | None:
        return self._loader.one(href)

    def find(self, uid: str) -> RemoteObject | None:
        return find(self._dav, self._collection, uid, self._own)

    def _everything(self, known: Known) -> Iterator[Page]:
        # Where something is known already, a listing is the smaller answer; after a failure it is the safer one.
        if self._ways is not None and not known.failed and not known.etags():
            try:
                yield from self._at_once(self._ways)
                return
            except NotWhole:
                pass
        yield from self._in_parts(known)

    def _at_once(self, ways: CollectionState) -> Iterator[Page]:
        """``ways`` were asked for before: what changes from then on is named again by the next report."""
        first = FirstReading(self._dav, self._collection, self._loader)
        for loaded, in_hand in first.pages():
            yield replace(_page(loaded), total=first.total, full=True, in_hand=in_hand)
        yield Page(cursor=_cursor(ways), full=True)

    def _in_parts(self, known: Known) -> Iterator[Page]:
        # The token comes first: what changes while the listing is read is then named again by the next report.
        yield from self._listing(_cursor(collection_state(self._dav, self._collection)), known)

    def _by_ctag(self, cursor: Cursor, known: Known) -> Iterator[Page]:
        state = collection_state(self._dav, self._collection)
        if state.ctag and state.ctag == cursor.value:
            yield Page(cursor=cursor)
            return
        yield from self._listing(replace(cursor, value=state.ctag), known)

    def _by_token(self, token: str, known: Known) -> Iterator[Page]:
        try:
            yield from _closed(self._report(token))
        except ReportNotOffered:
            state = collection_state(self._dav, self._collection)
            yield from self._listing(Cursor(CursorKind.ETAGS, state.ctag, PARAMS), known)
        except ReportFailed:
            # With the token of now; where the report never works, each pass costs this listing and no more.
            yield from self._in_parts(known)

    def _report(self, token: str) -> _Pages:
        for changes in changes_since(self._dav, self._collection, token):
            if changes.gone or changes.unread:
                # First, so that an object that only got another name is known to have left its old one.
                yield Page(gone=tuple(changes.gone), unread=tuple(changes.unread))
            yield from map(_page, self._loader.chunks(changes.changed))
            token = changes.token
        return Cursor(CursorKind.SYNC_TOKEN, token, PARAMS)

    def _listing(self, cursor: Cursor, known: Known) -> Iterator[Page]:
        """The whole calendar, loading only what is not known with the etag it has now."""
        for page in _closed(self._enumeration(cursor, known)):
            yield replace(page, full=True)

    def _enumeration(self, cursor: Cursor, known: Known) -> _Pages:
        present, wanted = _compared(list_members(self._dav, self._collection), known.etags())
        if wanted:
            yield Page(total=len(present) + len(wanted))
        # What an earlier reading got before it broke off is known by now, so a first reading goes on where it was.
        names = iter(present)
        while part := tuple(islice(names, _NAMES_A_PAGE)):
            yield Page(present=part)
        yield from map(_page, self._loader.chunks(wanted))
        return cursor


def _cursor(state: CollectionState) -> Cursor:
    if state.sync_token is not None:
        return Cursor(CursorKind.SYNC_TOKEN, state.sync_token, PARAMS)
    return Cursor(CursorKind.ETAGS, state.ctag, PARAMS)


def _compared(
    members: Mapping[str, str | None], known: Mapping[str, str | None]
) -> tuple[list[str], list[str]]:
    """Members that are known with their etag, and those to load; what is known keeps the spelling it is known by."""
    known_as = names_known(members, known)
    present, wanted = [], []
    for listed, etag in members.items():
        href = known_as.get(listed, listed)
        if etag is not None and known.get(href) == etag:
            present.append(href)
        else:
            wanted.append(href)
    return present, wanted


def _page(loaded: Loaded) -> Page:
    return Page(tuple(loaded.objects), tuple(loaded.others), unread=tuple(loaded.unread))


def _closed(pages: _Pages) -> Iterator[Page]:
    """The pages as they come, and the cursor that the generator returns on an empty one at the end."""
    cursor = yield from pages
    yield Page(cursor=cursor)
