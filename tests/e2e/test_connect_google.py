"""A provider connects her Google account in a real browser, and the main job is done in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.people.sign_in import create_login_link
from service.runtime import Runtime
from service.work import drain_all
from tests.support.browser import signed_in
from tests.support.google_account import ADA, timed
from tests.support.google_practice import apply_text, practice_text
from tests.support.google_server import GoogleServer
from tests.support.looking import looked_at
from tests.support.page_world import MONDAY
from tests.support.process import free_port
from tests.support.runtimes import HandClock, runtime_on
from tests.support.serving import serving

pytestmark = pytest.mark.browser


@dataclass
class GoogleWorld:
    """Ada's practice, no account connected yet, and her two calendars at Google."""

    runtime: Runtime
    clock: HandClock
    url: str
    google: GoogleServer
    choir: str

    def work(self) -> None:
        drain_all(self.runtime)

    def sign_in(self, page: Page, email: str = ADA) -> None:
        with self.runtime.database.write() as connection:
            link = create_login_link(
                connection, self.runtime.tokens, email, base_url=self.url, now=self.clock()
            )
        signed_in(page, link)

    def ours(self) -> list[dict[str, object]]:
        return [item for item in self.google.events(ADA) if "extendedProperties" in item]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[GoogleWorld]:
    port, clock = free_port(), HandClock(MONDAY)
    url = f"http://127.0.0.1:{port}"
    secrets = tmp_path / "client_secrets.json"
    with GoogleServer() as google:
        google.add_person(ADA, name="Work")
        choir = google.add_calendar(ADA, "Choir")
        secrets.write_text(json.dumps(google.client_secrets(f"{url}/connect/google/callback")))
        with runtime_on(
            f"sqlite:///{tmp_path / 'freehold.db'}", tmp_path, clock, BASE_URL=url, PORT=str(port),
            RATE_LIMITS="off", GOOGLE_PUSH="off", GOOGLE_API_ENDPOINT=google.url, GOOGLE_CLIENT_SECRETS=str(secrets),
        ) as runtime:  # fmt: skip
            apply_text(runtime, tmp_path, practice_text(""))
            with serving(runtime, port):
                yield GoogleWorld(runtime, clock, url, google, choir)


def agreed(page: Page, button: str = "Connect Google Calendar") -> None:
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading")).to_have_text("Freehold wants access")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/provider/**")


def connected(page: Page, world: GoogleWorld) -> None:
    world.sign_in(page)
    page.get_by_role("link", name="Accounts").click()
    agreed(page)
    expect(page.get_by_label("Work")).to_have_value("write")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("bookings are written here")).to_be_visible()
    world.work()


def times_of(page: Page, world: GoogleWorld) -> list[str]:
    """The times on offer on Thursday."""
    page.goto(f"{world.url}/book/elm-street/ada")
    page.get_by_role("link", name="Individual session").click()
    page.get_by_role("link", name="Thursday 19 November, ").click()
    page.wait_for_url("**day=2026-11-19**")
    return page.locator("main").get_by_role("link", name=" to ").all_inner_texts()


def test_the_pages_of_connecting_are_free_of_faults(page: Page, world: GoogleWorld) -> None:
    world.sign_in(page)
    page.goto(f"{world.url}/provider/calendars")
    looked_at(page)
    page.get_by_role("link", name="Connect by CalDAV").click()
    page.get_by_label("Address of the server").fill("https://169.254.169.254/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("App password").fill("x")
    page.get_by_role("button", name="Connect", exact=True).click()
    looked_at(page)
    page.goto(f"{world.url}/provider/calendars")
    agreed(page)
    looked_at(page, "connect-google")
    page.get_by_role("button", name="Save").click()
    world.work()
    page.reload()
    looked_at(page, "accounts")
    world.google.revoke(ADA)
    world.clock.advance(minutes=30)
    world.work()
    page.reload()
    looked_at(page)
    agreed(page, "Connect again")
    page.get_by_role("link", name="Disconnect this account").click()
    looked_at(page)


def test_the_whole_main_job_is_done_in_a_connected_google_calendar(page: Page, world: GoogleWorld) -> None:
    connected(page, world)
    before = times_of(page, world)
    world.google.put(world.choir, timed("2026-11-19T10:00:00", "2026-11-19T12:00:00"))
    world.clock.advance(minutes=6)
    world.work()
    after = times_of(page, world)
    assert after != []
    assert set(after) < set(before)
    address = _asked(page, world)
    assert [(item["status"], item["summary"]) for item in world.ours()] == [("tentative", "Request: GH")]
    world.sign_in(page)
    page.get_by_role("button", name="Accept Grace Hopper").click()
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    world.work()
    assert [(item["status"], item["summary"]) for item in world.ours()] == [("confirmed", "GH")]
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is confirmed")


def _asked(page: Page, world: GoogleWorld) -> str:
    times_of(page, world)
    page.locator("main").get_by_role("link", name=" to ").first.click()
    page.get_by_label("Your name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@example.com")
    page.get_by_role("button", name="Send request").click()
    page.wait_for_url("**/r/**")
    world.work()
    return page.url.partition("?")[0]
