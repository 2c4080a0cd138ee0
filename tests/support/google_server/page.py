"""What an owner sees of her calendars in a browser, just enough to act: confirm, delete, be busy or free."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, Protocol

PATH = "/calendar"
_STYLE = "body{font:1rem/1.5 system-ui;max-width:46rem;margin:2rem auto}form{display:inline}td{padding:.2rem .6rem}"


class Hands(Protocol):
    """The server, as far as its owners' hands go."""

    def put(self, calendar_id: str, body: dict[str, Any]) -> dict[str, Any]: ...
    def change(self, calendar_id: str, event_id: str, patch: dict[str, Any]) -> dict[str, Any]: ...
    def cancel(self, calendar_id: str, event_id: str) -> None: ...


def act(hands: Hands, form: Mapping[str, str], zone: str) -> None:
    calendar_id, event_id = form.get("calendar", ""), form.get("event", "")
    if form.get("do") == "confirm":
        hands.change(calendar_id, event_id, {"status": "confirmed"})
    elif form.get("do") in ("opaque", "transparent"):
        hands.change(calendar_id, event_id, {"transparency": form["do"]})
    elif form.get("do") == "delete":
        hands.cancel(calendar_id, event_id)
    elif form.get("do") == "busy":
        start, end = (
            {"dateTime": f"{form.get('day')}T{form.get(name)}:00", "timeZone": zone}
            for name in ("from", "to")
        )
        hands.put(calendar_id, {"summary": "Busy", "start": start, "end": end})


def shown(calendars: Mapping[str, str], events: Mapping[str, list[dict[str, Any]]]) -> str:
    """``calendars`` are names by id."""
    head = f'<link rel="icon" href="data:,"><title>Calendars</title><style>{_STYLE}</style>'
    parts = [f'<!doctype html><html lang="en">{head}<h1>Calendars of the Google in small</h1>']
    for calendar_id, name in calendars.items():
        rows = "".join(_row(calendar_id, event) for event in sorted(events[calendar_id], key=_start))
        hidden = f'<input type="hidden" name="calendar" value="{html.escape(calendar_id)}">'
        parts.append(
            f"<h2>{html.escape(name)}</h2><table>{rows}</table><form method=post>{hidden}"
            '<label>Day <input type="date" name="day" required></label> <label>from <input type="time" name="from" '
            'value="10:00"></label> <label>to <input type="time" name="to" value="12:00"></label> '
            '<button name="do" value="busy">Add a busy time</button></form>'
        )
    return "".join(parts)


def _row(calendar_id: str, event: Mapping[str, Any]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in (("calendar", calendar_id), ("event", str(event["id"])))
    )
    confirm = '<button name="do" value="confirm">Confirm</button> ' if event["status"] == "tentative" else ""
    free = event.get("transparency") == "transparent"
    to, said = ("opaque", "busy") if free else ("transparent", "free")
    turn = f'<button name="do" value="{to}">Show as {said}</button> '
    delete = '<button name="do" value="delete">Delete</button>'
    cells = (_start(event), event.get("summary", ""), event["status"], "free" if free else "busy")
    told = "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells)
    return f"<tr>{told}<td><form method=post>{hidden}{confirm}{turn}{delete}</form></td></tr>"


def _start(event: Mapping[str, Any]) -> str:
    start = event.get("start", {})
    return str(start.get("dateTime") or start.get("date") or "")
