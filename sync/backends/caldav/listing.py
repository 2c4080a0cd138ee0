"""What is in a calendar: by listing its etags (RFC 4918 9.1), or by asking what changed since a token (RFC 6578)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from sync.backends.caldav.collection import Collection, spelling
from sync.backends.caldav.dav import (
    NO_DAV,
    Answer,
    DavConnection,
    demand_multistatus,
    raise_for_collection,
    raise_if_missing,
    strong_etag,
)
from sync.backends.caldav.multistatus import Member
from sync.backends.caldav.names import GETCONTENTTYPE, GETETAG, VALID_SYNC_TOKEN
from sync.backends.errors import SyncTokenInvalid, Unavailable

MOST_MEMBERS = 200_000
_MOST_PAGES = 2_000
_PROPS = "<D:getetag/><D:getcontenttype/>"
_TRUNCATED = 507


class ReportNotOffered(Exception):
    """The server does not carry out sync-collection here after all."""


class ReportFailed(Exception):
    """The server errs where it should report: over a token it forgot, over a deletion, or always. A listing tells."""


@dataclass(slots=True)
class Changes:
    """One answer of a sync-collection report: hrefs to load, hrefs that are gone, and members it could not speak of."""

    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    token: str = ""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    href: str
    status: int | None
    etag: str | None
    holds_no_event: bool


def list_members(dav: DavConnection, collection: Collection) -> dict[str, str | None]:
    """href -> etag of everything that can hold an event, whole or not at all: cut short it is ``Unavailable``."""
    answer = dav.propfind(collection.url, _PROPS, depth=1)
    members: dict[str, str | None] = {}
    names_itself = False
    for entry in demand_multistatus(answer, _entry).members:
        if entry.status == _TRUNCATED:
            raise Unavailable("The calendar server lists only a part of the calendar.")
        if collection.is_itself(entry.href):
            raise_if_missing(entry.status)
            names_itself = True
        href = collection.href_of(entry.href)
        # Only what is said to be missing is: a member that the server fails to speak of is there, to be loaded.
        if href is not None and entry.status not in (404, 410) and not entry.holds_no_event:
            members[href] = entry.etag
    if not members and not names_itself:
        # An empty calendar still lists itself; an answer that names nothing at all says nothing.
        raise Unavailable(NO_DAV)
    if len(members) > MOST_MEMBERS:
        raise Unavailable(f"The calendar holds more than the {MOST_MEMBERS} events that are read.")
    return members


def changes_since(dav: DavConnection, collection: Collection, token: str) -> Iterator[Changes]:
    """One answer after the other until the server has said all; the last one carries the token to keep.

    Raises ``SyncTokenInvalid``; ``ReportNotOffered`` where the server refuses the report as such, ``ReportFailed``
    where it does not say why it cannot.
    """
    for _ in range(_MOST_PAGES):
        changes = _report(dav, collection, token)
        yield changes
        if not changes.truncated:
            return
        if changes.token == token:
            break
        token = changes.token
    raise Unavailable("The calendar server names its changes without end.")


def _report(dav: DavConnection, collection: Collection, token: str) -> Changes:
    # No DAV:limit: servers cut there without saying so and hand out the newest token.
    content = (
        f"<D:sync-token>{escape(token)}</D:sync-token><D:sync-level>1</D:sync-level><D:prop>{_PROPS}</D:prop>"
    )
    answer = dav.report(collection.url, "D:sync-collection", content, depth=0)
    if answer.status != 207:
        _raise_for_report(answer)
    read = demand_multistatus(answer, _entry)
    if read.sync_token is None:
        raise SyncTokenInvalid("The calendar server no longer says how far the calendar was read.")
    changes = Changes(token=read.sync_token)
    seen: set[str] = set()
    for entry in read.members:
        if entry.status == _TRUNCATED:
            changes.truncated = True
            continue
        href = collection.href_of(entry.href)
        if href is None or spelling(href) in seen:
            continue
        seen.add(spelling(href))
        _sort(changes, href, entry)
    return changes


def _sort(changes: Changes, href: str, entry: _Entry) -> None:
    if entry.status in (404, 410) or (entry.status is None and entry.holds_no_event):
        changes.gone.append(href)
    elif entry.status is None or 200 <= entry.status < 300:
        changes.changed.append(href)
    else:
        changes.unread.append(href)


def _raise_for_report(answer: Answer) -> None:
    named = VALID_SYNC_TOKEN in answer.preconditions()
    # 409 and 412 have no other meaning here: the request carries no condition of ours but the token.
    if named or answer.status in (409, 412):
        raise SyncTokenInvalid("The calendar server no longer knows how far it was read.")
    if answer.status in (400, 405, 415, 422, 501):
        raise ReportNotOffered
    if answer.status in (403, 404, 410, 418, 500, 507):
        # Said of tokens by Xandikos, after deletions by old Nextclouds, always by others, and of what is truly gone.
        raise ReportFailed
    raise_for_collection(answer)


def _entry(member: Member) -> _Entry:
    kind = (member.text(GETCONTENTTYPE) or "").lower().replace(" ", "").replace('"', "")
    other = (
        "component=vtodo" in kind or "component=vjournal" in kind or kind.startswith("httpd/unix-directory")
    )
    return _Entry(member.href, member.status, strong_etag(member.text(GETETAG)), other)
