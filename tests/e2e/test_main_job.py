"""The main job, as a provider and her client live it: on both CalDAV servers, on both databases, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.support import ics
from tests.support.caldav_server import Calendar
from tests.support.dav_client import DavClient
from tests.support.running_service import RunningService, practice_text, running_service, wait_for

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def service(tmp_path: Path, database_url: str, fresh_calendar: Calendar) -> Iterator[RunningService]:
    password = fresh_calendar.password or "unused"
    with running_service(tmp_path, database_url=database_url, password=password) as running:
        running.apply(practice_text(fresh_calendar))
        running.cli("sync", "--all")
        yield running


@pytest.fixture
def calendar(fresh_calendar: Calendar) -> DavClient:
    """The provider's own calendar program."""
    return fresh_calendar.client()


def the_day() -> datetime:
    """Midnight in New York, three days ahead: inside notice and horizon."""
    now = datetime.now(NEW_YORK)
    return (now + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def starts(service: RunningService, day: datetime) -> set[str]:
    """The times of day on offer, as HH:MM."""
    found = service.slots(start=f"{day:%Y-%m-%d}", end=f"{day + timedelta(days=1):%Y-%m-%d}")
    return {start[11:16] for start in found}


def test_busy_blocks_free_does_not_and_a_moved_occurrence_blocks_its_new_time(
    service: RunningService, calendar: DavClient
) -> None:
    day = the_day()
    ten, length = day.replace(hour=10), timedelta(hours=1)
    assert "10:00" in starts(service, day)

    def meeting(transparency: str) -> str:
        return ics.timed("meeting", ten, ten + length, tzid=ics.NEW_YORK, transp=transparency)

    calendar.put_event("meeting.ics", meeting("OPAQUE"))
    service.cli("sync", "--all")
    assert "10:00" not in starts(service, day)
    calendar.put_event("meeting.ics", meeting("TRANSPARENT"))
    service.cli("sync", "--all")
    assert "10:00" in starts(service, day)
    moved = {ten: day.replace(hour=14)}
    calendar.put_event("series.ics", ics.weekly("series", ten, length, moved=moved))
    service.cli("sync", "--all")
    offered = starts(service, day)
    assert "10:00" in offered
    assert "14:00" not in offered
    assert "10:00" not in starts(service, day + timedelta(days=7))


def ask_on_the_page(page: Page, service: RunningService, day: datetime, clock: str) -> None:
    page.goto(f"{service.url}/book/elm-street")
    page.get_by_role("link", name="Ada Byron").click()
    page.get_by_role("link", name="Individual session").click()
    page.goto(with_day(page.url, day))
    page.get_by_role("link", name=f", {clock} am to ").click()
    page.get_by_label("Name", exact=False).first.fill("Grace Hopper")
    page.get_by_label("mail", exact=False).first.fill("grace@example.com")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/r/**")


def with_day(url: str, day: datetime) -> str:
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}day={day:%Y-%m-%d}"


def request_id(service: RunningService) -> str:
    (item,) = service.call("GET", "/requests").json["items"]
    return str(item["id"])


def status(service: RunningService) -> str:
    (item,) = service.call("GET", "/requests").json["items"]
    return str(item["status"])


def our_event(calendar: DavClient) -> str | None:
    """The text of the one event in the calendar, None if there is none."""
    events = calendar.list_events()
    assert len(events) <= 1
    return events[0] if events else None


def test_a_request_made_on_the_page_is_tentative_and_accepting_it_confirms_it(
    service: RunningService, calendar: DavClient, page: Page
) -> None:
    ask_on_the_page(page, service, the_day(), "10:00")
    wait_for(lambda: our_event(calendar) is not None, "the request in the calendar")
    text = our_event(calendar) or ""
    assert "STATUS:TENTATIVE" in text
    assert "SUMMARY:Request: GH" in text
    assert "grace@example.com" not in text
    page.goto(service.login_link("ada@example.com"))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Accept").first.click()
    wait_for(lambda: "STATUS:CONFIRMED" in (our_event(calendar) or ""), "the confirmed event")
    assert "SUMMARY:GH" in (our_event(calendar) or "")
    assert status(service) == "accepted"


def test_deleting_the_event_in_the_calendar_declines_the_request(
    service: RunningService, calendar: DavClient, page: Page
) -> None:
    day = the_day()
    ask_on_the_page(page, service, day, "10:00")
    wait_for(lambda: our_event(calendar) is not None, "the request in the calendar")
    assert "10:00" not in starts(service, day)
    (href,) = calendar.list_hrefs()
    calendar.delete_event(href)
    service.cli("sync", "--all")
    assert status(service) == "declined"
    wait_for(lambda: "10:00" in starts(service, day), "the freed time")
