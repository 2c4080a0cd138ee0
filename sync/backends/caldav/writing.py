"""Writing one object, always on a condition, and knowing afterwards what the server made of it (RFC 4791 5.3)."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urljoin

from sync.backends.caldav.capabilities import collection_state
from sync.backends.caldav.collection import Collection
from sync.backends.caldav.dav import Answer, DavConnection
from sync.backends.caldav.loading import Loader
from sync.backends.caldav.names import UID_TAKEN, UNACCEPTABLE
from sync.backends.caldav.quirks import uid_taken_in_words
from sync.backends.caldav.searching import find
from sync.backends.errors import BackendError, PreconditionFailed, Rejected, Unavailable
from sync.backends.objects import edited_text, new_text, remote_object, same_meaning
from sync.backends.protocol import Identity, RemoteObject, Written
from sync.model.event import Series

_CHANGED = "The event was changed in the calendar in the meantime."
_THERE_ALREADY = "There is an event of this name in the calendar already."


class Writer:
    """Writes into one calendar."""

    def __init__(self, dav: DavConnection, collection: Collection, own_addresses: frozenset[str]) -> None:
        self._dav = dav
        self._collection = collection
        self._own = own_addresses
        self._loader = Loader(dav, collection, own_addresses)

    def create(self, identity: Identity, series: Series, *, now: datetime) -> Written:
        raw = new_text(series, now=now)
        href = self._collection.href_for(identity)
        if self._loader.one(href) is not None:
            # Asked for because some servers ignore If-None-Match and would write over it.
            raise PreconditionFailed(_THERE_ALREADY)
        answer = self._dav.put(self._collection.url_of(href), raw, {"If-None-Match": "*"})
        if answer.ok:
            placed = self._named_by(answer, href)
            return self._outcome(placed, raw, answer, moved=placed != href, uid=identity.uid)
        unmet = answer.preconditions()
        if unmet & UID_TAKEN or (answer.status == 412 and not unmet & UNACCEPTABLE):
            raise PreconditionFailed(_THERE_ALREADY)
        if answer.status in (404, 409, 410):
            # Said of an event they do not like, of a name that is taken, and of a calendar that is gone.
            collection_state(self._dav, self._collection)
        if answer.status == 409 and not unmet & UNACCEPTABLE:
            raise PreconditionFailed(_THERE_ALREADY)
        if answer.status in (400, 403) and not unmet and self._is_taken(identity.uid, answer):
            raise PreconditionFailed(_THERE_ALREADY)
        raise _error_of(answer)

    def update(self, seen: RemoteObject, series: Series, *, now: datetime) -> Written:
        raw = edited_text(seen, series, now=now, own_addresses=self._own)
        etag = seen.etag or self._etag_of_the_same(seen)
        if etag is None:
            raise PreconditionFailed("The event is no longer in the calendar.")
        answer = self._dav.put(self._collection.url_of(seen.href), raw, {"If-Match": etag})
        if answer.ok:
            return self._outcome(seen.href, raw, answer, moved=False, uid=seen.uid)
        refused_as_such = answer.preconditions() & (UNACCEPTABLE | UID_TAKEN)
        if answer.status in (404, 410, 412) and not refused_as_such:
            raise PreconditionFailed(_CHANGED)
        raise _error_of(answer)

    def delete(self, seen: RemoteObject) -> bool:
        etag = seen.etag or self._etag_of_the_same(seen)
        if etag is None:
            return False
        answer = self._dav.delete(self._collection.url_of(seen.href), {"If-Match": etag})
        if answer.status in (202, 207) or (answer.ok and answer.is_page):
            raise Unavailable("The calendar server does not say whether the event was removed.")
        if answer.ok or answer.status in (404, 410):
            return answer.ok
        if answer.status == 412:
            raise PreconditionFailed(_CHANGED)
        raise _error_of(answer)

    def _etag_of_the_same(self, seen: RemoteObject) -> str | None:
        """An etag for an object that was read without one, if it still means the same; None if it is not there."""
        current = self._loader.one(seen.href)
        if current is None:
            return None
        if not same_meaning(current, seen):
            raise PreconditionFailed(_CHANGED)
        if current.etag is None:
            raise Rejected("The calendar server states no version of the event, so it is not written over.")
        return current.etag

    def _named_by(self, answer: Answer, href: str) -> str:
        """Where the server put a new object; some choose the name themselves and say so in Location."""
        location = answer.headers.get("location")
        if not location:
            return href
        return self._collection.href_of(urljoin(answer.url, location)) or href

    def _outcome(self, href: str, raw: bytes, answer: Answer, *, moved: bool, uid: str | None) -> Written:
        """What is there now. A strong ETag vouches that it is what was sent (RFC 4791 5.3.4); else it is read.

        A server that named it otherwise without saying so still knows its UID.
        """
        vouched = answer.etag is not None and answer.status != 207 and not answer.is_page and not moved
        if vouched:
            seen = remote_object(href, answer.etag, raw, self._own)
        else:
            seen = self._loader.one(href) or (None if uid is None else self._find(uid))
        if seen is None:
            raise Unavailable("The calendar server does not show the event that was written.")
        return Written(seen, vouched)

    def _is_taken(self, uid: str, answer: Answer) -> bool:
        """Whether a refusal without a precondition means that the UID is in use."""
        return uid_taken_in_words(answer.body) or self._find(uid) is not None

    def _find(self, uid: str) -> RemoteObject | None:
        return find(self._dav, self._collection, uid, self._own)


def _error_of(answer: Answer) -> BackendError:
    if answer.status in (423, 507) or answer.status >= 500:
        return Unavailable(f"The calendar server could not store the event (status {answer.status}).")
    return Rejected(f"The calendar server refuses this event (status {answer.status}).")
