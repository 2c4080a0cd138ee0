"""A provider's day as a picture, and why a time is not offered, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import signed_in
from tests.support.looking import looked_at
from tests.support.page_world import PageWorld, page_world
from tests.support.radicale import RadicaleServer

pytestmark = pytest.mark.browser

MORE = """
[[clients]]
id = "c-1"
name = "Mary Jackson"
email = "mary@example.com"
status = "active"
privilege = "call_us"
providers = ["ada"]
"""


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale, more=MORE) as world:
        yield world


def test_a_provider_sees_her_day_and_why_a_time_is_not_offered(page: Page, world: PageWorld) -> None:
    signed_in(page, world.login_link("ada@example.com"))
    page.get_by_role("link", name="Day", exact=True).click()
    page.get_by_label("Day", exact=True).fill("2026-11-19")
    page.get_by_label("Service").select_option(label="Individual session")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Lunch with Mary · Work, read just now")).to_be_visible()
    page.locator(".time-words").get_by_role("link", name="12:00 pm").click()
    told = page.get_by_role("heading", name="Thu 19 November, 12:00 pm: not offered")
    expect(told).to_be_visible()
    expect(page.get_by_text("“Lunch with Mary” in the calendar Work takes")).to_be_visible()
    expect(page.get_by_text("That time is not free, I am afraid.")).to_be_visible()
    looked_at(page, "day")
    # The picture itself can be tapped too.
    page.locator(".offers a").filter(has_text="9:45 am").click()
    expect(page.get_by_role("heading", name="9:45 am: can be booked")).to_be_visible()
    page.get_by_role("link", name="Why can’t this client book?").click()
    page.get_by_label("Client").select_option(label="Mary Jackson")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Mary Jackson cannot book Individual session")).to_be_visible()
    expect(page.locator("#step-client_privilege")).to_contain_text("stops here")
    expect(page.locator("#step-client_privilege")).to_contain_text(
        "Can be changed by: owner, manager, the provider"
    )
    looked_at(page, "why")
    page.locator("#step-client_privilege").get_by_role("link", name="Change it").click()
    expect(page.get_by_role("heading", name="Mary Jackson")).to_be_visible()
    page.get_by_label("Privilege of Mary Jackson").select_option(label="full")
    page.get_by_role("button", name="Look at the change Mary Jackson").click()
    expect(page.get_by_text("times open")).to_be_visible()
