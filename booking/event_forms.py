"""An event of the provider's own as it was typed or sent: read, and all that is wrong with it told at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.clients import clean_line
from booking.events import Wanted
from booking.ladder import N_
from booking.refusals import FieldError, Problem, Refused
from sync.model.event import Transparency
from sync.model.instances import clock_of, until_check
from sync.model.moments import Length, Moment, WallTime, instant_to_wall, wall_to_instant
from sync.model.recurrence import BadRule, Frequency, Rule, parse_rule
from sync.model.starts import is_start

LONGEST_TITLE = 200
_LONGEST = timedelta(days=366)
_FAR = timedelta(days=4000)
_MOST_TIMES = 1000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventForm:
    """``start`` and ``end`` are dates (all day; ``end`` exclusive), aware instants, or wall clocks of ``timezone``.

    ``timezone`` None is the provider's; a naive time needs it stated. ``all_day`` None: as the dates say.
    ``transparency`` is opaque (Busy) or transparent (Free); ``rrule`` an RRULE without its name.
    """

    title: str
    start: date | datetime
    end: date | datetime
    all_day: bool | None = None
    transparency: str = "opaque"
    rrule: str | None = None
    timezone: str | None = None


def read_event(form: EventForm, *, zone: str, now: datetime) -> Wanted:
    """``zone`` is the provider's. Raises ``Refused`` (invalid) with everything that is wrong."""
    errors = [*_title_errors(form.title)]
    try:
        place = zone if form.timezone is None else ZoneInfo(form.timezone).key
    except (ValueError, OSError, KeyError):
        place = zone
        errors.append(FieldError("timezone", N_("There is no such time zone.")))
    if form.transparency not in ("opaque", "transparent"):
        errors.append(FieldError("transparency", N_("It is opaque (Busy) or transparent (Free).")))
    times = _times(form, place, now, errors)
    rule = None if times is None else _rule(form.rrule, times[0], errors)
    if errors or times is None:
        raise Refused(Problem.INVALID, errors=errors)
    start, length = times
    return Wanted(clean_line(form.title), start, length, Transparency(form.transparency.upper()), rule)


def _title_errors(title: str) -> list[FieldError]:
    line = clean_line(title)
    if not line:
        return [FieldError("title", N_("Please give it a title."))]
    if len(line) > LONGEST_TITLE:
        return [FieldError("title", N_("A title has at most 200 characters."))]
    return []


def _times(
    form: EventForm, zone: str, now: datetime, errors: list[FieldError]
) -> tuple[Moment, Length] | None:
    days = [not isinstance(moment, datetime) for moment in (form.start, form.end)]
    if form.all_day is True and not all(days):
        errors.append(
            FieldError("start", N_("All day: start and end are dates, the end the day after the last."))
        )
    elif form.all_day is not True and any(days) and (form.all_day is False or not all(days)):
        errors.append(FieldError("start", N_("A time of day is missing.")))
    elif form.timezone is None and any(_is_naive(moment) for moment in (form.start, form.end)):
        errors.append(FieldError("start", N_("A time needs its offset from UTC, or timezone beside it.")))
    else:
        return _all_day(form, now, errors) if all(days) else _timed(form, zone, now, errors)
    return None


def _is_naive(moment: date | datetime) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is None


def _all_day(form: EventForm, now: datetime, errors: list[FieldError]) -> tuple[Moment, Length] | None:
    days = form.end.toordinal() - form.start.toordinal()
    away = abs(form.start.toordinal() - now.toordinal())
    if _checked(days * _DAY, away * _DAY, errors):
        return form.start, Length(days=days)
    return None


def _timed(
    form: EventForm, zone: str, now: datetime, errors: list[FieldError]
) -> tuple[Moment, Length] | None:
    start, end = (_instant(moment, zone) for moment in (form.start, form.end))
    if not _checked(end - start, abs(start - now), errors):
        return None
    wall = WallTime(instant_to_wall(start, zone), zone)
    if wall.instant(zone) != start:  # the second of two equal readings in autumn
        wall = WallTime(start.replace(tzinfo=None), "UTC")
    return wall, Length(exact=end - start)


def _instant(moment: date | datetime, zone: str) -> datetime:
    if not isinstance(moment, datetime):
        raise TypeError("a date is no instant")
    return wall_to_instant(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)


def _checked(length: timedelta, away: timedelta, errors: list[FieldError]) -> bool:
    if length <= timedelta(0):
        errors.append(FieldError("end", N_("The end must lie after the start.")))
    elif length > _LONGEST:
        errors.append(FieldError("end", N_("An event lasts 366 days at most.")))
    elif away > _FAR:
        errors.append(FieldError("start", N_("This date is too far away.")))
    else:
        return True
    return False


def _rule(text: str | None, start: Moment, errors: list[FieldError]) -> str | None:
    """The rule with its end in the form that goes with the start (RFC 5545 3.3.10): a date, or an instant in UTC."""
    if text is None or not text.strip():
        return None
    try:
        rule = parse_rule(text)
    except BadRule as error:
        errors.append(FieldError("rrule", str(error)))
        return None
    wrong = _rule_error(rule, start)
    if wrong is not None:
        errors.append(FieldError("rrule", wrong))
        return None
    return _spelled(text, rule, start)


def _rule_error(rule: Rule, start: Moment) -> str | None:
    if rule.frequency > Frequency.DAILY or rule.times_a_day > 1 or rule.hours or rule.minutes or rule.seconds:
        return N_("An event repeats daily at most, at its own time of day.")
    if rule.count is not None and rule.until is not None:
        return N_("A rule ends by COUNT or by UNTIL, not by both.")
    if rule.count is not None and rule.count > _MOST_TIMES:
        return N_("An event repeats 1000 times at most; leave the end out if it has none.")
    if rule.product > _MOST_TIMES:
        return N_("The rule lists too many days.")
    if not is_start(rule, clock_of(start)):
        return N_("The first start is no day of its own rule.")
    zone = start.zone or "UTC" if isinstance(start, WallTime) else "UTC"
    if not until_check(rule.until, start, zone)(clock_of(start)):
        return N_("The rule ends before the event begins.")
    return None


def _spelled(text: str, rule: Rule, start: Moment) -> str:
    parts = [part.strip() for part in text.upper().strip().removeprefix("RRULE:").split(";") if part.strip()]
    kept = [part for part in parts if not part.startswith(("UNTIL", "X-"))]
    return ";".join(kept if rule.until is None else [*kept, f"UNTIL={_until(rule.until, start)}"])


def _until(until: Moment, start: Moment) -> str:
    if not isinstance(start, WallTime):
        return f"{until.clock if isinstance(until, WallTime) else until:%Y%m%d}"
    zone = start.zone or "UTC"
    if isinstance(until, WallTime):
        last = until.instant(zone)
    else:
        last = wall_to_instant(clock_of(until) + _DAY, zone) - timedelta(seconds=1)
    return f"{last:%Y%m%dT%H%M%SZ}"
