"""How early a time must be asked for, and how far ahead it may lie."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from booking.epoch import at_wall, day_start, instant, micros
from booking.practice import Privilege
from booking.rules import NoticeByClock, Rules
from sync.model.moments import instant_to_wall

_DAY = timedelta(days=1)


def last_instant(
    start: datetime, rules: Rules, *, zone: str, privilege: Privilege = Privilege.FULL
) -> datetime:
    """The last instant at which a request for ``start`` meets the notice, that instant included; never after ``start``.

    With the privilege ``longer_notice`` both the minimum notice and the longer one are kept.
    """
    notice = rules.minimum_notice
    if isinstance(notice, NoticeByClock):
        day = instant_to_wall(start, zone).date()
        latest = min(start, instant(_deadline(day, notice, zone)))
    else:
        latest = start - notice
    return min(latest, start - rules.longer_notice) if privilege is Privilege.LONGER_NOTICE else latest


def earliest_start(
    now: datetime, rules: Rules, *, zone: str, privilege: Privilege = Privilege.FULL
) -> datetime:
    """The first start that can be asked for at ``now``: before it ``last_instant`` is past, from it on it is not."""
    notice = rules.minimum_notice
    if isinstance(notice, NoticeByClock):
        at, today = micros(now), instant_to_wall(now, zone).date() + notice.days * _DAY
        near = (today - _DAY, today)
        day = next((day for day in near if _deadline(day, notice, zone) >= at), today + _DAY)
        earliest = max(now, instant(day_start(day, zone)))
    else:
        earliest = now + notice
    return max(earliest, now + rules.longer_notice) if privilege is Privilege.LONGER_NOTICE else earliest


def horizon_end(now: datetime, rules: Rules, *, zone: str) -> datetime:
    """The instant from which on starts are too far ahead: the end of the local date today + ``horizon_days``."""
    today = instant_to_wall(now, zone).date()
    return instant(day_start(today + (rules.horizon_days + 1) * _DAY, zone))


def _deadline(day: date, notice: NoticeByClock, zone: str) -> int:
    return at_wall(day - notice.days * _DAY, notice.until, zone)
