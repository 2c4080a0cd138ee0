"""What a question about times names: days, a zone, a mode."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.availability import window_of_dates
from booking.ladder import N_
from booking.practice import Mode
from booking.refusals import FieldError, Problem, Refused
from sync.model.moments import instant_to_wall
from sync.model.timespan import TimeSpan

LONGEST_QUERY = 92
USUAL_QUERY = 14
_DAY = timedelta(days=1)
_FAR = timedelta(days=4000)


def a_mode(text: str | None) -> Mode | None:
    try:
        return None if text is None else Mode(text)
    except ValueError:
        error = FieldError("mode", N_("A mode is in_person or telehealth."))
        raise Refused(Problem.INVALID, errors=[error]) from None


def a_zone(asked: str | None, own: str) -> str:
    if asked is None:
        return own
    try:
        return ZoneInfo(asked).key
    except (ValueError, OSError, KeyError):
        error = FieldError("tz", N_("There is no such time zone."))
        raise Refused(Problem.INVALID, errors=[error]) from None


def window_of(start: date | None, end: date | None, zone: str, now: datetime) -> TimeSpan:
    """The days asked for, as instants; left out: today and 14 days on. Refused if empty, too long or too far away."""
    today = instant_to_wall(now, zone).date()
    first = start or today
    last = end or _later(first, USUAL_QUERY)
    if not first < last:
        raise Refused(Problem.INVALID, errors=[FieldError("end", N_("The end must lie after the start."))])
    if (last - first).days > LONGEST_QUERY:
        raise Refused(Problem.INVALID, errors=[FieldError("end", N_("At most 92 days can be asked for."))])
    check_near(first, today, "start")
    return window_of_dates(first, last, zone=zone)


def check_near(day: date, today: date, field: str) -> None:
    """Dates of other ages are refused: no rule reaches there, and arithmetic may not either."""
    if abs(day - today) > _FAR:
        raise Refused(Problem.INVALID, errors=[FieldError(field, N_("This date is too far away."))])


def _later(day: date, days: int) -> date:
    try:
        return day + days * _DAY
    except OverflowError:
        return date.max
