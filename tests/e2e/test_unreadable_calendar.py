"""A calendar that cannot be read frees no time, and page and API say honestly how old the knowledge is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.test_main_job import starts, the_day
from tests.support import ics
from tests.support.caldav_server import CalDavServer
from tests.support.radicale import RadicaleServer
from tests.support.running_service import RunningService, practice_text, running_service

PAGE = "/book/elm-street/ada?service=90834"


def freshness(service: RunningService) -> str:
    answer = service.call("GET", "/practices/elm-street/providers/ada/slots?service=90834", token="")
    return str(answer.json["freshness"])


def shifted(folder: Path, url: str, password: str, shift: str):  # type: ignore[no-untyped-def]
    clock = {"FREEHOLD_TESTING": "1", "FREEHOLD_CLOCK": shift}
    return running_service(folder, database_url=url, password=password, environ=clock)


def test_time_stays_taken_then_requests_are_marked_then_the_page_closes(
    tmp_path: Path, sqlite_url: str, radicale: RadicaleServer, page: Page
) -> None:
    server: CalDavServer = radicale
    calendar = server.make_calendar(server.fresh_account())
    day = the_day()
    ten, hour = day.replace(hour=10), timedelta(hours=1)
    calendar.client().put_event("meeting.ics", ics.timed("meeting", ten, ten + hour, tzid=ics.NEW_YORK))
    with running_service(tmp_path, database_url=sqlite_url, password=calendar.password) as service:
        service.apply(practice_text(calendar))
        service.cli("sync", "--all")
        token = service.token
        assert freshness(service) == "fresh"
        assert "10:00" not in starts(service, day)
    server.stop()
    with shifted(tmp_path, sqlite_url, calendar.password, "+20m") as service:
        service.token = token
        assert freshness(service) == "request_only"
        offered = starts(service, day)
        assert "10:00" not in offered
        assert "12:00" in offered
        asked = service.ask(service.slots(start=f"{day:%Y-%m-%d}")[0])
        assert asked.status == 201
        assert service.call("GET", f"/requests/{asked.json['id']}").json["unverified"] is True
        page.goto(f"{service.url}{PAGE}")
        expect(page.get_by_text("We are checking Ada Byron", exact=False).first).to_be_visible()
    with shifted(tmp_path, sqlite_url, calendar.password, "+70m") as service:
        service.token = token
        assert freshness(service) == "closed"
        assert starts(service, day) == set()
        refused = service.ask(f"{day:%Y-%m-%d}T12:00:00-05:00")
        assert refused.status == 409
        assert refused.json["type"].endswith("/calendar-unreadable")
        page.goto(f"{service.url}{PAGE}")
        expect(page.locator("form#wishes")).to_be_visible()
        expect(page.get_by_text("+1 555 0100").first).to_be_visible()
