"""iCalendar text to Google's events and back, as a client that knows both would put it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

OURS = "@freehold"
_ANSWERS = {
    "ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative", "NEEDS-ACTION": "needsAction",
}  # fmt: skip
Body = dict[str, Any]


def events_of(text: str, master_id: str, zone: str) -> list[Body]:
    """Master and exceptions under Google's ids; tasks and the like give none. Floating times are in ``zone``."""
    parsed = icalendar.Calendar.from_ical(text)
    return [_event(component, master_id, zone) for component in parsed.walk("VEVENT")]


def uid_in(text: str) -> str:
    return next(line.partition(":")[2] for line in text.splitlines() if line.startswith("UID:"))


def _event(component: Any, master_id: str, zone: str) -> Body:
    start = component["DTSTART"].dt
    body: Body = {
        "id": master_id,
        **_identity(str(component["UID"]), master_id),
        "start": _time(start, zone),
        "end": _time(_end(component, start), zone),
        "recurrence": _recurrence(component),
        "reminders": _reminders(component),
    }
    for name, field in (("SUMMARY", "summary"), ("DESCRIPTION", "description"), ("LOCATION", "location")):
        if name in component:
            body[field] = str(component[name])
    for name, field in (("STATUS", "status"), ("TRANSP", "transparency"), ("CLASS", "visibility")):
        if name in component:
            body[field] = str(component[name]).lower()
    private = body.setdefault("extendedProperties", {}).setdefault("private", {})
    private |= {name: str(value) for name, value in component.property_items() if name.startswith("X-")}
    attendees = component.get("ATTENDEE", [])
    if attendees:
        listed = attendees if isinstance(attendees, list) else [attendees]
        body["attendees"] = [_attendee(entry) for entry in listed]
    if "RECURRENCE-ID" in component:
        original = _time(component["RECURRENCE-ID"].dt, zone)
        body |= {"recurringEventId": master_id, "originalStartTime": original, "recurrence": None}
        body["id"] = f"{master_id}_{_suffix(original)}"
    return body


def _identity(uid: str, master_id: str) -> Body:
    if uid.endswith(OURS):
        return {"iCalUID": f"{master_id}@google.com", "extendedProperties": {"private": {"freeholdUid": uid}}}
    return {"iCalUID": uid}


def _end(component: Any, start: date | datetime) -> date | datetime:
    if "DTEND" in component:
        return component["DTEND"].dt  # type: ignore[no-any-return]
    if "DURATION" in component:
        return start + component["DURATION"].dt  # type: ignore[no-any-return]
    return start if isinstance(start, datetime) else start + timedelta(days=1)


def _time(moment: date | datetime, zone: str) -> Body:
    if not isinstance(moment, datetime):
        return {"date": moment.isoformat()}
    if moment.tzinfo is None:
        return {"dateTime": moment.replace(tzinfo=ZoneInfo(zone)).isoformat(), "timeZone": zone}
    name = getattr(moment.tzinfo, "key", None) or "UTC"
    return {"dateTime": moment.isoformat(), "timeZone": str(name)}


def _suffix(original: Body) -> str:
    if "date" in original:
        return str(original["date"]).replace("-", "")
    return datetime.fromisoformat(original["dateTime"]).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _recurrence(component: Any) -> list[str] | None:
    lines = []
    for name in ("RRULE", "RDATE", "EXDATE"):
        values = component.get(name, [])
        for value in values if isinstance(values, list) else [values]:
            zone = value.params.get("TZID") if name != "RRULE" else None
            lines.append(f"{name}{f';TZID={zone}' if zone else ''}:{value.to_ical().decode()}")
    return lines or None


def _reminders(component: Any) -> Body:
    minutes = [int(-alarm["TRIGGER"].dt / timedelta(minutes=1)) for alarm in component.walk("VALARM")]
    if not minutes:
        return {"useDefault": True}
    return {"useDefault": False, "overrides": [{"method": "popup", "minutes": number} for number in minutes]}


def _attendee(entry: Any) -> Body:
    answer = _ANSWERS[str(entry.params.get("PARTSTAT", "NEEDS-ACTION"))]
    return {"email": str(entry).removeprefix("mailto:"), "responseStatus": answer}


def text_of(events: list[Body]) -> str:
    """Unfolded lines; of an event without attendees nobody is named, as in iCalendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for body in events:
        private = body.get("extendedProperties", {}).get("private", {})
        lines += ["BEGIN:VEVENT", f"UID:{private.get('freeholdUid') or body['iCalUID']}"]
        lines += [_line("DTSTART", body["start"]), _line("DTEND", body["end"])]
        lines += [_line("RECURRENCE-ID", body["originalStartTime"])] if "originalStartTime" in body else []
        lines += body.get("recurrence", [])
        lines += [
            f"{field.upper()}:{body[field]}"
            for field in ("summary", "description", "location")
            if field in body
        ]
        lines += [f"STATUS:{body['status'].upper()}", f"TRANSP:{body.get('transparency', 'opaque').upper()}"]
        lines += [f"{name}:{value}" for name, value in private.items() if name.startswith("X-")]
        if body.get("attendees"):
            lines.append(f"ORGANIZER:mailto:{body['organizer']['email']}")
            lines += [f"ATTENDEE:mailto:{entry['email']}" for entry in body["attendees"]]
        for reminder in body.get("reminders", {}).get("overrides", []):
            lines += ["BEGIN:VALARM", f"TRIGGER:-PT{reminder['minutes']}M", "END:VALARM"]
        lines.append("END:VEVENT")
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _line(name: str, time: Body) -> str:
    if "date" in time:
        return f"{name};VALUE=DATE:{time['date'].replace('-', '')}"
    clock = datetime.fromisoformat(time["dateTime"]).astimezone(ZoneInfo(time["timeZone"]))
    return f"{name};TZID={time['timeZone']}:{clock:%Y%m%dT%H%M%S}"
