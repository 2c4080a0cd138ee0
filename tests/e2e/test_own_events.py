"""A provider's own event from her page to her calendar and back, in a real browser and at a real server."""

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


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale) as world:
        yield world


def to_events(page: Page, world: PageWorld) -> None:
    signed_in(page, world.login_link("ada@example.com"))
    page.get_by_role("link", name="Own events").click()


def make(page: Page, title: str = "Reading hour") -> None:
    """On Thursday 19 November at 10:30, where a time is on offer."""
    page.get_by_role("link", name="New event").click()
    page.get_by_label("Title").fill(title)
    begins, ends = page.get_by_role("group", name="Begins"), page.get_by_role("group", name="Ends")
    begins.get_by_label("Day").fill("2026-11-19")
    begins.get_by_label("Time").fill("10:30")
    ends.get_by_label("Day").fill("2026-11-19")
    ends.get_by_label("Time").fill("11:30")
    page.get_by_role("button", name="Make the event").click()
    expect(page.get_by_role("link", name=title)).to_be_visible()


def ours(world: PageWorld, title: str) -> list[str]:
    """The texts of the calendar's events with this title."""
    return [text for text in world.client.list_events() if f"SUMMARY:{title}" in text]


def test_the_pages_of_own_events_are_free_of_faults(page: Page, world: PageWorld) -> None:
    to_events(page, world)
    page.get_by_role("link", name="New event").click()
    page.get_by_label("Title").fill(" ")
    page.get_by_role("button", name="Make the event").click()
    looked_at(page)
    page.get_by_role("link", name="All own events").click()
    make(page)
    make(page, "Holiday")
    world.work()
    page.reload()
    page.get_by_role("button", name="Delete Holiday").click()
    looked_at(page, "own-events")
    page.get_by_role("link", name="Reading hour").click()
    page.get_by_role("link", name="What became of it").click()
    page.get_by_text("The server’s own text").first.click()
    looked_at(page, "flight")


def test_from_the_page_to_the_calendar_and_back(page: Page, world: PageWorld) -> None:
    to_events(page, world)
    make(page)
    expect(page.get_by_text("On its way into the calendar")).to_be_visible()
    world.work()
    (text,) = ours(world, "Reading hour")
    assert "TRANSP:OPAQUE" in text
    (href,) = [h for h in world.client.list_hrefs() if "SUMMARY:Reading hour" in world.client.get_event(h)]
    world.client.put_event(
        href, text.replace("TRANSP:OPAQUE", "TRANSP:TRANSPARENT").replace("Reading hour", "Writing hour")
    )
    world.clock.advance(minutes=10)
    world.work()
    page.reload()
    expect(page.get_by_role("link", name="Writing hour")).to_be_visible()
    expect(page.get_by_text("Free", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete Writing hour").click()
    undo = page.get_by_role("button", name="Undo Writing hour")
    expect(undo).to_be_visible()
    world.work()
    assert ours(world, "Writing hour") == []
    undo.click()
    expect(undo).to_be_hidden()
    expect(page.get_by_role("button", name="Delete Writing hour")).to_be_visible()
    world.work()
    assert len(ours(world, "Writing hour")) == 1


def test_all_day_hides_the_times(page: Page, world: PageWorld) -> None:
    to_events(page, world)
    page.get_by_role("link", name="New event").click()
    page.get_by_label("All day").check()
    expect(page.get_by_label("Time").first).to_be_hidden()
