"""When an event is, as the outside is told it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sync.model.event import Event
from sync.model.moments import WallTime, wall_to_instant


def span_told(event: Event, zone: str) -> tuple[str, str, bool]:
    """Start, end, and whether it is all day: dates then, the end exclusive; else instants with their zone's offset.

    ``zone`` is that of floating times.
    """
    if not isinstance(event.start, WallTime):
        return event.start.isoformat(), (event.start + timedelta(days=event.length.days)).isoformat(), True
    here = event.start.zone or zone
    start = event.start.instant(zone)
    # Nominal days keep the wall clock, the rest is elapsed time.
    last = wall_to_instant(event.start.clock + timedelta(days=event.length.days), here) + event.length.exact
    return _local(start, here), _local(last, here), False


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).isoformat()
