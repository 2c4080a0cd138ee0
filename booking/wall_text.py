"""Instants as ISO 8601 text of one zone, many at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60
_DAY = 86_400


class ZoneText:
    """Writes seconds since 1970 in ``[first, last]`` as ``isoformat`` would: wall clock of ``zone`` and its offset."""

    def __init__(self, zone: str, first: int, last: int) -> None:
        self._steps, offsets = _offsets(ZoneInfo(zone), first, last)
        self._offsets = [(offset, _signed(offset)) for offset in offsets]
        self._dates: dict[int, str] = {}

    def of(self, moment: int) -> str:
        offset, sign = self._offsets[bisect_right(self._steps, moment) - 1]
        day, second = divmod(moment + offset, _DAY)
        date = self._dates.get(day)
        if date is None:
            date = self._dates[day] = (_EPOCH + timedelta(days=day)).date().isoformat()
        return date + _clocks()[second] + sign if second % _MINUTE == 0 else self._exact(date, second, sign)

    @staticmethod
    def _exact(date: str, second: int, sign: str) -> str:
        minute, rest = divmod(second, _MINUTE)
        return f"{date}{_clocks()[minute * _MINUTE][:-2]}{rest:02}{sign}"


@lru_cache(maxsize=1)
def _clocks() -> dict[int, str]:
    """The clock of each whole minute of a day, by its second."""
    return {minute * _MINUTE: f"T{minute // 60:02}:{minute % 60:02}:00" for minute in range(_DAY // _MINUTE)}


def _offsets(zone: ZoneInfo, first: int, last: int) -> tuple[Sequence[int], Sequence[int]]:
    """When each offset from UTC (seconds) begins to hold, ascending, found to the second."""
    steps, offsets = [first], [_offset(zone, first)]
    at = first
    while at < last:
        near = min(at + _DAY, last)
        if _offset(zone, near) != offsets[-1]:
            low, high = at, near
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if _offset(zone, middle) != offsets[-1] else (middle, high)
            steps.append(high)
            offsets.append(_offset(zone, high))
            near = high
        at = near
    return steps, offsets


def _offset(zone: ZoneInfo, moment: int) -> int:
    found = zone.utcoffset((_EPOCH + timedelta(seconds=moment)).astimezone(zone))
    return 0 if found is None else int(found.total_seconds())


def _signed(offset: int) -> str:
    """As ``isoformat`` writes an offset."""
    sign, rest = ("-", -offset) if offset < 0 else ("+", offset)
    minutes, seconds = divmod(rest, _MINUTE)
    tail = f":{seconds:02}" if seconds else ""
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}{tail}"
