"""The main job, as a provider and her client live it: on both CalDAV servers, on both databases, in a real browser."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.support import ics
from tests.support.browser import signed_in
from tests.support.caldav_server import Calendar
from tests.support.dav_client import DavClient
from tests.support.running_service import RunningService, practice_text, running_service, wait_for

NEW_YORK = ZoneInfo("America/New_York")
# One of them always; make matrix plays all four.
PLACES = [
    pytest.param("radicale", "sqlite", marks=pytest.mark.long),
    pytest.param("xandikos", "postgresql", marks=pytest.mark.postgres),
    pytest.param("xandikos", "sqlite", marks=pytest.mark.long),
    pytest.param("radicale", "postgresql", marks=(pytest.mark.postgres, pytest.mark.long)),
]


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


@pytest.mark.parametrize("caldav_server, database_url", PLACES, indirect=True)
def test_the_main_job(service: RunningService, calendar: DavClient, page: Page) -> None:
    """One start of the program for the whole of it: a start costs more than what is done with it."""
    day = the_day()
    busy_blocks_free_does_not_and_a_moved_occurrence_blocks_its_new_time(service, calendar, day)
    for href in calendar.list_hrefs():
        calendar.delete_event(href)
    service.cli("sync", "--all")
    signed_in(page, service.login_link("ada@example.com"))
    a_request_made_on_the_page_is_tentative_and_accepting_it_confirms_it(service, calendar, page, day)
    deleting_the_event_in_the_calendar_declines_the_request(
        service, calendar, page, day + timedelta(days=1), beside=calendar.list_hrefs()
    )


def busy_blocks_free_does_not_and_a_moved_occurrence_blocks_its_new_time(
    service: RunningService, calendar: DavClient, day: datetime
) -> None:
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


def a_request_made_on_the_page_is_tentative_and_accepting_it_confirms_it(
    service: RunningService, calendar: DavClient, page: Page, day: datetime
) -> None:
    ask_on_the_page(page, service, day, "10:00")
    wait_for(lambda: our_event(calendar) is not None, "the request in the calendar")
    text = our_event(calendar) or ""
    assert "STATUS:TENTATIVE" in text
    assert "SUMMARY:Request: GH" in text
    assert "grace@example.com" not in text
    page.goto(f"{service.url}/provider")
    page.get_by_role("button", name="Accept").first.click()
    wait_for(lambda: "STATUS:CONFIRMED" in (our_event(calendar) or ""), "the confirmed event")
    assert "SUMMARY:GH" in (our_event(calendar) or "")
    assert statuses(service) == {"accepted"}


def deleting_the_event_in_the_calendar_declines_the_request(
    service: RunningService, calendar: DavClient, page: Page, day: datetime, *, beside: list[str]
) -> None:
    ask_on_the_page(page, service, day, "10:00")
    wait_for(lambda: our_event(calendar, beside) is not None, "the request in the calendar")
    assert "10:00" not in starts(service, day)
    (href,) = set(calendar.list_hrefs()) - set(beside)
    calendar.delete_event(href)
    service.cli("sync", "--all")
    assert statuses(service) == {"accepted", "declined"}
    wait_for(lambda: "10:00" in starts(service, day), "the freed time")


def ask_on_the_page(page: Page, service: RunningService, day: datetime, clock: str) -> None:
    page.goto(f"{service.url}/book/elm-street")
    page.get_by_role("link", name="Ada Byron").click()
    page.get_by_role("link", name="Individual session").click()
    page.wait_for_url("**service=**")
    page.goto(with_day(page.url, day))
    page.get_by_role("link", name=f", {clock} am to ").click()
    page.get_by_label("Name", exact=False).first.fill("Grace Hopper")
    page.get_by_label("mail", exact=False).first.fill("grace@example.com")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/r/**")


def with_day(url: str, day: datetime) -> str:
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}day={day:%Y-%m-%d}"


def statuses(service: RunningService) -> set[str]:
    return {str(item["status"]) for item in service.call("GET", "/requests").json["items"]}


def our_event(calendar: DavClient, beside: Collection[str] = ()) -> str | None:
    """The text of the one event in the calendar that was not there before, None if there is none."""
    hrefs = set(calendar.list_hrefs()) - set(beside)
    assert len(hrefs) <= 1
    return calendar.get_event(hrefs.pop()) if hrefs else None
