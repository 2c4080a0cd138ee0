"""A provider's own calendar at each backend, as she sees it in her own program: read, written and deleted as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from tests.support.caldav_server import CalDavServer
from tests.support.far_places import GooglePlace
from tests.support.google_account import ADA
from tests.support.google_server import GoogleServer
from tests.support.page_world import PASSWORD

ZONE = ZoneInfo("America/New_York")
OURS = "@freehold"


class HerCalendar(Protocol):
    """``account`` and ``settings`` are what the practice file and the program say of it."""

    account: str
    settings: Mapping[str, str]
    environ: Mapping[str, str]

    def texts(self) -> dict[str, str]:
        """Every event by its name, as iCalendar."""

    def put(self, name: str, text: str) -> None:
        """She makes an event, or changes one of that name."""

    def remove(self, name: str) -> None: ...


class DavCalendar:
    def __init__(self, server: CalDavServer, _: Path) -> None:
        calendar = server.make_calendar(server.fresh_account())
        self._client = calendar.client()
        self.environ = {PASSWORD: calendar.password or "unused"}
        self.settings: Mapping[str, str] = {}
        self.account = f"""
  [[providers.accounts]]
  name = "ada-home"
  kind = "caldav"
  url = "{calendar.url.rsplit("/", 2)[0]}/"
  username = "{calendar.username}"
  password_env = "{PASSWORD}"

    [[providers.accounts.calendars]]
    match = "{calendar.displayname}"
    role = "write"
"""

    def texts(self) -> dict[str, str]:
        return {
            unquote(href).rpartition("/")[2].removesuffix(".ics"): self._client.get_event(href)
            for href in self._client.list_hrefs()
        }

    def put(self, name: str, text: str) -> None:
        self._client.put_event(f"{name}.ics", text)

    def remove(self, name: str) -> None:
        self._client.delete_event(f"{name}.ics")


class GoogleCalendar:
    environ: Mapping[str, str] = {}
    account = """
  [[providers.accounts]]
  name = "ada-google"
  kind = "google"
  authorized_user_file = "ada-google.json"

    [[providers.accounts.calendars]]
    match = "Work"
    role = "write"
"""

    def __init__(self, google: GoogleServer, folder: Path) -> None:
        self._place = GooglePlace(google)
        (folder / "ada-google.json").write_text(json.dumps(google.authorized_user(ADA)))
        self.settings = {"GOOGLE_API_ENDPOINT": google.url, "GOOGLE_PUSH": "off"}

    def texts(self) -> dict[str, str]:
        return self._place.texts()

    def put(self, name: str, text: str) -> None:
        self._place.put(name, text)

    def remove(self, name: str) -> None:
        self._place.remove(name)


def ours(calendar: HerCalendar) -> dict[str, str]:
    """The events that we have written, by name."""
    return {name: text for name, text in calendar.texts().items() if f"{OURS}" in _unfolded(text)}


def entries(calendar: HerCalendar) -> list[tuple[str, str, str]]:
    """When, title and status of every date of ours that stands in her calendar, in order."""
    found = []
    for text in ours(calendar).values():
        parsed = icalendar.Calendar.from_ical(text)
        for each in recurring_ical_events.of(parsed).between((2026, 1, 1), (2027, 12, 31)):
            if (status := str(each.get("STATUS", "")).lower()) != "cancelled":
                at = each["DTSTART"].dt.astimezone(ZONE)
                found.append((at, f"{at:%a %-d %H:%M}", str(each["SUMMARY"]), status))
    return [(when, title, status) for _, when, title, status in sorted(found)]


def moved(text: str, by: timedelta) -> str:
    """The same event, dragged to another time."""
    parsed = icalendar.Calendar.from_ical(text)
    for event in parsed.walk("VEVENT"):
        for name in ("DTSTART", "DTEND"):
            zone = event[name].params.get("TZID")
            event[name] = icalendar.vDDDTypes((event[name].dt + by).replace(tzinfo=None))
            if zone:
                event[name].params["TZID"] = zone
    return parsed.to_ical().decode()


def _unfolded(text: str) -> str:
    return text.replace("\r\n ", "").replace("\n ", "")
