"""The zone a calendar states for its all-day and floating events (RFC 4791 5.2.2, RFC 7809 5.2)."""

from __future__ import annotations

from sync.codecs.lines import Malformed, tree, unfolded
from sync.codecs.quirks import zone_by_another_name
from sync.codecs.zones import Zones

_COMPARED_FROM = 2024
"""A definition with an unknown name is compared with IANA's zones from this year on."""


def zone_stated(name: str | None, definition: str | None) -> str | None:
    """An IANA name. ``name`` is calendar-timezone-id, ``definition`` the iCalendar text of calendar-timezone.

    None if neither leads to a zone for certain.
    """
    if name and (known := zone_by_another_name(name)) is not None:
        return known
    if not definition:
        return None
    try:
        zones = Zones.of(tree(unfolded(definition)))
    except Malformed:
        return None
    found = [zones.find(tzid, _COMPARED_FROM) for tzid in zones.definitions]
    return found[0] if len(found) == 1 and not zones.problems else None
