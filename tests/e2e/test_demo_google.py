"""``make demo-google``: connect in a browser, ask, answer in the calendar; Ctrl-C ends it, and it comes back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import signed_in
from tests.support.process import free_port, listening, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.long]


@contextmanager
def shown(folder: Path, port: int) -> Iterator[str]:
    """What the demonstration tells; afterwards nothing of it runs."""
    out = folder / "out"
    environ = {
        **os.environ, "FREEHOLD_DATA_DIR": str(folder / "data"), "FREEHOLD_PORT": str(port),
        "FREEHOLD_WEB_CONCURRENCY": "1", "FREEHOLD_RATE_LIMITS": "off",
    }  # fmt: skip
    with out.open("wb") as told:
        demo = subprocess.Popen(
            [sys.executable, "-m", "tests.support.google_demo"], env=environ, stdout=told, stderr=told
        )
    try:
        wait_until(lambda: "Ada's calendar" in out.read_text(), timeout_seconds=300, what="the greeting")
        yield out.read_text()
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0, out.read_text()
        assert not listening(port)
    finally:
        if demo.poll() is None:
            demo.terminate()
            demo.wait(30)


def address(told: str, name: str) -> str:
    found = re.search(rf"{name}[^\n]*?(http\S+)", told)
    assert found, told
    return found[1]


def test_the_demonstration_connects_books_and_comes_back(page: Page, tmp_path: Path) -> None:
    port = free_port()
    with shown(tmp_path, port) as told:
        signed_in(page, address(told, "sign in once as ada@example.com"))
        page.goto(address(told, "Connect first"))
        page.get_by_role("button", name="Connect Google Calendar").click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("bookings are written here")).to_be_visible()
        calendar = address(told, "Ada's calendar")
        _ask(page, address(told, "Booking page"))
        request = page.url.partition("?")[0]
        _until(page, calendar, "Request: GH")
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_load_state()
        page.goto(request)
        _until(page, request, "Your appointment is confirmed")
    with shown(tmp_path, port) as told:
        page.goto(address(told, "Ada's calendar"))
        expect(page.get_by_text("GH", exact=True)).to_be_visible()
        page.goto(request)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is confirmed")
        run = json.loads((tmp_path / "data" / "run.json").read_bytes())
        assert run["url"].endswith(str(port))


def _ask(page: Page, booking_page: str) -> None:
    def on_offer() -> bool:
        page.goto(f"{booking_page}/ada")
        session = page.get_by_role("link", name="Individual session")
        if not session.count():
            return False  # the calendars have not been read yet
        session.click()
        page.wait_for_url("**service=**")
        return page.locator("main").get_by_role("link", name=" to ").count() > 0

    wait_until(on_offer, timeout_seconds=240, what="times on offer")
    page.locator("main").get_by_role("link", name=" to ").first.click()
    page.get_by_label("Your name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@example.com")
    page.get_by_role("button", name="Send request").click()
    page.wait_for_url("**/r/**")


def _until(page: Page, url: str, text: str) -> None:
    def there() -> bool:
        page.goto(url)
        return text in page.locator("body").inner_text()

    wait_until(there, timeout_seconds=360, what=text)
