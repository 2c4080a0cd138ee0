"""The fields by which a page asks for an event of the provider's own, and back. Pure; dates and times are local."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from booking.desk.event_views import OtherEventView
from booking.event_forms import EventForm
from booking.ladder import N_
from booking.refusals import FieldError
from booking.web.given_times import a_date
from sync.model.fingerprint import rule_meaning
from sync.model.moments import Moment, WallTime, instant_to_wall
from sync.model.recurrence import BadRule, parse_rule

NAMES = ("title", "all_day", "from", "from_time", "to", "to_time", "transparency", "repeats", "until")
REPEATS: Mapping[str, str] = {
    "no": "",
    "daily": "FREQ=DAILY",
    "weekly": "FREQ=WEEKLY",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
}
AS_IT_IS = "as_it_is"
"""A rule this form has no words for: it stays, unless another is chosen."""
_DAY = timedelta(days=1)


def empty(now: datetime) -> dict[str, str]:
    """A form for the next full hour; ``now`` in the provider's zone."""
    start = now.replace(minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(hours=1)
    end = start + timedelta(hours=1)
    return {
        "title": "",
        "all_day": "",
        "from": start.date().isoformat(),
        "from_time": f"{start:%H:%M}",
        "to": end.date().isoformat(),
        "to_time": f"{end:%H:%M}",
        "transparency": "opaque",
        "repeats": "no",
        "until": "",
    }


def fields_of(event: OtherEventView) -> dict[str, str]:
    """The event as it stands; the last day of an all-day one is its own, not the day after."""
    start, end = event.start, event.end
    if start is None or end is None:
        return {}
    repeats, until = _repeats(event)
    timed = isinstance(start, datetime)
    last = end if isinstance(end, datetime) else end - _DAY
    return {
        "title": event.title,
        "all_day": "" if timed else "1",
        "from": start.strftime("%Y-%m-%d"),
        "from_time": start.strftime("%H:%M") if timed else "",
        "to": last.strftime("%Y-%m-%d"),
        "to_time": end.strftime("%H:%M") if timed else "",
        "transparency": event.transparency,
        "repeats": repeats,
        "until": until,
    }


def form_of(given: Mapping[str, str], zone: str) -> tuple[EventForm | None, list[FieldError]]:
    """The form, or what of it cannot be read; the desk judges the rest."""
    errors: list[FieldError] = []
    all_day = bool(given["all_day"])
    start = _moment(given["from"], "" if all_day else given["from_time"], all_day, "start", errors)
    end = _moment(given["to"], "" if all_day else given["to_time"], all_day, "end", errors)
    until = None if not given["until"] else _date(given["until"], "rrule", errors)
    if errors or start is None or end is None:
        return None, errors
    form = EventForm(
        title=given["title"],
        start=start,
        end=end + _DAY if all_day else end,
        all_day=all_day,
        transparency=given["transparency"] or "opaque",
        rrule=_rule(given["repeats"], until),
        timezone=zone,
    )
    return form, []


def changes_of(given: Mapping[str, str], shown: Mapping[str, str], form: EventForm) -> dict[str, Any]:
    """What of the event was changed in its form, as the desk wants it."""
    changes: dict[str, Any] = {}

    def touched(*names: str) -> bool:
        return any(given[name] != shown[name] for name in names)

    if touched("title"):
        changes["title"] = form.title
    if touched("transparency"):
        changes["transparency"] = form.transparency
    if touched("all_day", "from", "from_time", "to", "to_time"):
        changes |= {"start": form.start, "end": form.end, "all_day": form.all_day, "timezone": form.timezone}
    if touched("repeats", "until") and given["repeats"] != AS_IT_IS:
        changes["rrule"] = form.rrule
    return changes


def _repeats(event: OtherEventView) -> tuple[str, str]:
    """Which of ``REPEATS`` the event follows, and the last day of it."""
    if event.rrule is None or event.start is None:
        return "no", ""
    start: Moment = event.start
    if isinstance(start, datetime):
        start = WallTime(start.replace(tzinfo=None), event.timezone)
    try:
        until = parse_rule(event.rrule).until
    except BadRule:
        return AS_IT_IS, ""
    endless = ";".join(part for part in event.rrule.split(";") if not part.upper().startswith("UNTIL"))
    said = rule_meaning(endless, start)
    name = next(
        (name for name, rule in REPEATS.items() if rule and rule_meaning(rule, start) == said), AS_IT_IS
    )
    return name, "" if until is None or name == AS_IT_IS else _last_day(until, event.timezone).isoformat()


def _last_day(until: Moment, zone: str) -> date:
    if not isinstance(until, WallTime):
        return until
    return instant_to_wall(until.instant(zone), zone).date()


def _rule(repeats: str, until: date | None) -> str | None:
    rule = REPEATS.get(repeats, "")
    if not rule:
        return None
    return rule if until is None else f"{rule};UNTIL={until:%Y%m%d}"


def _moment(
    day: str, clock: str, all_day: bool, field: str, errors: list[FieldError]
) -> date | datetime | None:
    found = _date(day, field, errors)
    if found is None or all_day:
        return found
    try:
        return datetime.combine(found, time.fromisoformat(clock))
    except ValueError:
        errors.append(FieldError(field, N_("Please give a time, or choose all day.")))
        return None


def _date(text: str, field: str, errors: list[FieldError]) -> date | None:
    try:
        return a_date(text)
    except ValueError:
        errors.append(FieldError(field, N_("Please give a day.")))
        return None
