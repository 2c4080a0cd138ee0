"""What each hosted server does differently, as named sets of small switches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Sync(Enum):
    """What becomes of sync-collection (RFC 6578)."""

    HONEST = "honest"
    ABSENT = "not offered, and refused with 501"
    BROKEN = "offered, and answered with an error each time"


class Tags(Enum):
    """The ETag in the answer to a PUT."""

    STRONG = "strong"
    NONE = "none"
    WEAK = "weak"


class Names(Enum):
    """What becomes of the name that a client gives a new object."""

    KEPT = "kept"
    LOCATION = "replaced, and stated in Location"
    SILENT = "replaced without a word"


@dataclass(frozen=True, slots=True)
class Quirks:
    """One server. The defaults are Radicale's own ways."""

    says: str
    """Where the switches come from, in a few words."""

    put_tags: Tags = Tags.STRONG
    put_status: int | None = None
    """207: the answer to a PUT is a multistatus."""
    rewrites: bool = False
    """Properties are reordered, added and stripped (RFC 4791 5.3.4)."""
    bare_etags: bool = False
    """ETags come without their quotes."""
    silent_etags: bool = False
    """Every other member of a listing is given without getetag."""
    ctag: bool = True
    delete_status: int = 204

    ignores_if_none_match: bool = False
    if_match_demanded: bool = False
    """A PUT over something without If-Match is 409."""
    names: Names = Names.KEPT
    shouts: bool = False
    """Names of objects come in capitals, and are found in any case."""
    spells_at_twice: bool = False
    """``@`` in paths comes as ``%40`` in listings and as it is in reports."""
    replaces_uid: bool = False

    takes_any_uid: bool = False
    """Two resources of one calendar may have the same UID."""
    uid_conflict: tuple[int, str] = (409, "no-uid-conflict")
    """Status and precondition ('' for none) of a UID that is in the calendar already."""
    one_uid_an_account: bool = False
    """A UID that is in another calendar of the account is refused."""
    remembers_uids: bool = False
    """The UID of a deleted object is refused: it is in the trash bin."""
    demands_end: int | None = None
    """The status of a PUT without DTEND."""

    sync: Sync = Sync.HONEST
    sync_error: int = 501
    unknown_token: tuple[int, bool] = (403, True)
    """Status, and whether the precondition is named. 207: taken as if nothing had happened since."""
    page: int | None = None
    """A report names so many members and ends with 507."""
    lossy: int | None = None
    """A report names so many members and says nothing of the rest, which its token skips."""
    hides_deletions: bool = False
    stumbles_over_deletions: bool = False
    """A report that would name a deletion is 418."""

    lists_itself: bool = False
    """The collection is named as a member of itself in reports."""
    names_twice: bool = False
    multiget_misses: int | None = None
    """Each multiget answers for its first member with this status, though it is there."""
    search_lags: bool = False
    """Search does not find what was written since it last took stock."""
    demands_vevent: bool = False
    """A query without a filter for VEVENT is 400."""
    window_days: int | None = None
    """Listings, reports and searches name only what lies so many days around today."""

    partition: bool = False
    """The principal is at another host of the domain, over TLS."""
    hides_principal: bool = False
    """No current-user-principal; the address to give is the home set."""
    patience: int | None = None
    """Every so many requests one is 429 with Retry-After."""


PROFILES: dict[str, Quirks] = {
    "icloud": Quirks(
        "partition hosts; no ETag on PUT at times; lists the collection as a member; no DTEND refused; same UID in two"
        " calendars refused; REPORT wants a VEVENT filter",
        partition=True,
        put_tags=Tags.NONE,
        lists_itself=True,
        demands_end=403,
        one_uid_an_account=True,
        uid_conflict=(412, ""),
        demands_vevent=True,
    ),
    "google": Quirks(
        "no If-None-Match; sync-collection pages with 507; a token it forgot is refused",
        ignores_if_none_match=True,
        page=3,
        unknown_token=(410, True),
    ),
    "fastmail": Quirks(
        "Cyrus: no ETag on PUT where it adds to the body; unique-scheduling-object-resource 403, in two calendars too",
        put_tags=Tags.NONE,
        rewrites=True,
        one_uid_an_account=True,
        uid_conflict=(403, "unique-scheduling-object-resource"),
    ),
    "nextcloud": Quirks(
        "sync history pruned; UIDs in the trash bin stay taken; Sabre's 400 without a precondition; throttling",
        uid_conflict=(400, ""),
        remembers_uids=True,
        patience=23,
    ),
    "infomaniak": Quirks(
        "418 after deletions; duplicate UIDs accepted",
        stumbles_over_deletions=True,
        takes_any_uid=True,
    ),
    "baikal": Quirks(
        "duplicate UIDs accepted; no ETag on PUT where it rewrites; ETags left out of listings",
        takes_any_uid=True,
        put_tags=Tags.NONE,
        rewrites=True,
        silent_etags=True,
    ),
    "xandikos-old": Quirks(
        "multistatus on PUT; invalid token 500; same UID 412",
        put_status=207,
        unknown_token=(500, False),
        uid_conflict=(412, "no-uid-conflict"),
    ),
    "davical": Quirks(
        "duplicate UIDs accepted; invalid token accepted silently",
        takes_any_uid=True,
        unknown_token=(207, False),
    ),
    "synology": Quirks(
        "as DAViCal; no current-user-principal",
        takes_any_uid=True,
        unknown_token=(207, False),
        hides_principal=True,
    ),
    "zimbra": Quirks(
        "If-None-Match ignored; hrefs named twice; sync fragile; same UID refused across calendars",
        ignores_if_none_match=True,
        names_twice=True,
        sync=Sync.BROKEN,
        sync_error=500,
        one_uid_an_account=True,
    ),
    "sogo": Quirks(
        "If-None-Match ignored; invalid token accepted",
        ignores_if_none_match=True,
        unknown_token=(207, False),
        put_tags=Tags.STRONG,
        rewrites=True,
    ),
    "posteo": Quirks("no sync-collection; duplicate UIDs accepted", sync=Sync.ABSENT, takes_any_uid=True),
    "gmx": Quirks(
        "weak ETag on PUT, strong on GET; sync-token error; rate limits",
        put_tags=Tags.WEAK,
        sync=Sync.BROKEN,
        sync_error=403,
        patience=17,
    ),
    "ox": Quirks(
        "hrefs assigned by the server; If-Match mandatory; listings of one year around today; invalid token accepted;"
        " rate limit",
        names=Names.SILENT,
        put_tags=Tags.NONE,
        if_match_demanded=True,
        window_days=365,
        unknown_token=(207, False),
        patience=29,
    ),
    "ox-location": Quirks(
        "hrefs assigned by the server and stated in Location", names=Names.LOCATION, put_tags=Tags.NONE
    ),
    "purelymail": Quirks(
        "search cache of minutes; invalid token accepted", search_lags=True, unknown_token=(207, False)
    ),
    "stalwart": Quirks(
        "reports cut short without a word, tokens skip the rest; invalid token accepted",
        lossy=5,
        unknown_token=(207, False),
    ),
    "davmail": Quirks(
        "UIDs replaced; hrefs change their case; no ETag on PUT",
        replaces_uid=True,
        shouts=True,
        put_tags=Tags.NONE,
        sync=Sync.ABSENT,
    ),
    "yahoo": Quirks(
        "no sync; no ctag; sliding window; addresses with %40",
        sync=Sync.ABSENT,
        ctag=False,
        window_days=365,
        spells_at_twice=True,
    ),
    "bedework": Quirks(
        "deletions missing from reports; search lags; members hidden from a multiget for a while",
        hides_deletions=True,
        search_lags=True,
        multiget_misses=404,
    ),
    "robur": Quirks(
        "ETags without quotes; duplicate UIDs accepted; 410 in a multiget",
        bare_etags=True,
        takes_any_uid=True,
        multiget_misses=410,
        delete_status=200,
    ),
}

QUICK = ("icloud", "nextcloud", "google", "gmx", "ox")
"""The profiles that every test run takes; between them they have the commonest switches."""
