"""Looking for one object by its UID (RFC 4791 7.8)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from sync.backends.caldav.collection import Collection
from sync.backends.caldav.dav import DavConnection, demand_multistatus, strong_etag
from sync.backends.caldav.multistatus import Member
from sync.backends.caldav.names import CALENDAR_DATA, GETETAG
from sync.backends.objects import remote_object
from sync.backends.protocol import RemoteObject


def find(
    dav: DavConnection, collection: Collection, uid: str, own_addresses: frozenset[str]
) -> RemoteObject | None:
    """The object with exactly this UID. The server's search is asked for a superset and not believed.

    None proves little: some servers' searches lag behind by minutes.
    """
    content = (
        "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
        '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="UID">'
        f'<C:text-match collation="i;octet">{escape(uid)}</C:text-match>'
        "</C:prop-filter></C:comp-filter></C:comp-filter></C:filter>"
    )

    def found(member: Member) -> RemoteObject | None:
        href = collection.href_of(member.href)
        data = member.found.get(CALENDAR_DATA)
        if href is None or data is None or not data.text:
            return None
        return remote_object(href, strong_etag(member.text(GETETAG)), data.text.encode(), own_addresses)

    answer = dav.report(collection.url, "C:calendar-query", content, depth=1)
    members = demand_multistatus(answer, found).members
    return next((seen for seen in members if seen is not None and seen.uid == uid), None)
