"""Clark names of the elements we ask for or look at, and the prefixes our requests use for them."""

from __future__ import annotations

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CALENDARSERVER = "{http://calendarserver.org/ns/}"
NEXTCLOUD = "{http://nextcloud.com/ns}"

NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/"'

MULTISTATUS = f"{DAV}multistatus"
RESPONSE = f"{DAV}response"
HREF = f"{DAV}href"
STATUS = f"{DAV}status"
PROPSTAT = f"{DAV}propstat"
PROP = f"{DAV}prop"
ERROR = f"{DAV}error"

RESOURCETYPE = f"{DAV}resourcetype"
DISPLAYNAME = f"{DAV}displayname"
GETETAG = f"{DAV}getetag"
GETCONTENTTYPE = f"{DAV}getcontenttype"
SYNC_TOKEN = f"{DAV}sync-token"
SYNC_COLLECTION = f"{DAV}sync-collection"
VALID_SYNC_TOKEN = f"{DAV}valid-sync-token"
SUPPORTED_REPORTS = f"{DAV}supported-report-set"
PRIVILEGES = f"{DAV}current-user-privilege-set"
PRIVILEGE = f"{DAV}privilege"
PRINCIPAL = f"{DAV}current-user-principal"

CALENDAR = f"{CALDAV}calendar"
CALENDAR_DATA = f"{CALDAV}calendar-data"
HOME_SET = f"{CALDAV}calendar-home-set"
ADDRESS_SET = f"{CALDAV}calendar-user-address-set"
COMPONENTS = f"{CALDAV}supported-calendar-component-set"
TIMEZONE = f"{CALDAV}calendar-timezone"
TIMEZONE_ID = f"{CALDAV}calendar-timezone-id"
CTAG = f"{CALENDARSERVER}getctag"

UID_TAKEN = frozenset({f"{CALDAV}no-uid-conflict", f"{CALDAV}unique-scheduling-object-resource"})
"""RFC 4791 5.3.2.1 and RFC 6638 3.2.4.1; Cyrus says the second of any event, also of one without attendees."""

UNACCEPTABLE = frozenset(
    f"{CALDAV}{name}"
    for name in (
        "supported-calendar-data",
        "valid-calendar-data",
        "valid-calendar-object-resource",
        "supported-calendar-component",
        "max-resource-size",
        "min-date-time",
        "max-date-time",
        "max-instances",
        "max-attendees-per-instance",
    )
)
"""Preconditions of a PUT (RFC 4791 5.3.2.1) that no other moment will meet, whatever status they come with."""

NO_EVENTS_OF_HERS = frozenset(
    {
        f"{CALDAV}schedule-inbox",
        f"{CALDAV}schedule-outbox",
        f"{CALENDARSERVER}notification",
        f"{CALENDARSERVER}notifications",
        f"{CALENDARSERVER}subscribed",
        f"{CALENDARSERVER}dropbox-home",
        f"{NEXTCLOUD}deleted-calendar",
        f"{NEXTCLOUD}trash-bin",
    }
)
"""Resource types that mark a collection as no calendar of the owner's, even where it is called a calendar too."""
