"""Prime time in a real browser: held, released by hand, held again, replayed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support import ics
from tests.support.browser import signed_in
from tests.support.looking import looked_at
from tests.support.page_world import PageWorld, page_world, practice_text
from tests.support.radicale import RadicaleServer

pytestmark = pytest.mark.browser

HOLDS = """\
  location = "main"

  [[providers.holds]]
  name = "Evenings"
  days = ["tu", "th"]
  start = "16:00"
  end = "18:00"
  for = ["tag:regulars", "client:c-1"]
  release = { day = "fr", time = "18:00", weeks_ahead = 1 }
  marker = true

  [[providers.holds]]
  name = "Monday lunch"
  days = ["mo"]
  start = "12:00"
  end = "13:00"
  for = ["nobody"]
  release = [{ to = ["status:active"], before = "7d" }, { before = "24h" }]
"""
CLIENT = """
[[clients]]
id = "c-1"
name = "Grace Hopper"
email = "grace@example.com"
status = "active"
providers = ["ada"]
tags = ["regulars"]
"""


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale) as world:
        world.apply(stated(world))
        world.work()
        yield world


def stated(world: PageWorld) -> str:
    return practice_text(world.calendar, more=CLIENT).replace('  location = "main"\n', HOLDS, 1)


def test_held_time_is_released_and_held_again(page: Page, world: PageWorld) -> None:
    signed_in(page, world.login_link("ada@example.com"))
    page.get_by_role("link", name="Prime time").click()
    page.get_by_role("link", name="Monday lunch").click()
    looked_at(page)
    page.get_by_role("link", name="Change times, clients or release").click()
    page.get_by_label("To", exact=True).fill("14:00")
    page.get_by_role("button", name="Look at the change").click()
    expect(page.get_by_text("times close")).to_be_visible()
    looked_at(page, "hold-preview")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_text("Monday, 12:00 – 2:00 pm")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: it is as it was before.")).to_be_visible()
    page.get_by_role("link", name="Monday lunch").click()
    page.get_by_role("link", name="All prime time").click()
    page.get_by_role("link", name="Evenings").click()
    page.get_by_role("button", name="Release Week of Mon 30 November").click()
    row = page.get_by_role("listitem").filter(has_text="Week of Mon 30 November")
    expect(row.get_by_text("Open to everyone", exact=True)).to_be_visible()
    page.get_by_text("Time by time").click()
    looked_at(page)
    world.clock.advance(minutes=1)
    world.work()
    shown = [text for text in world.client.list_events() if "SUMMARY:Held: Evenings" in text]
    assert len(shown) == 4, "the released week is not among the weeks ahead"
    assert all("TRANSP:TRANSPARENT" in text for text in shown)
    row.get_by_role("button", name="Hold again").click()
    expect(row.get_by_text("Held again by hand, until you release it")).to_be_visible()
    expect(page.get_by_text("week of Mon 30 November held again by hand")).to_be_visible()


WEDNESDAY = datetime(2026, 10, 14, 14)


def in_calendar(world: PageWorld, *left_out: datetime) -> None:
    """A weekly series in Ada's own calendar, and it was read."""
    text = ics.weekly("grace", WEDNESDAY, timedelta(hours=1), summary="Grace", exdates=left_out)
    world.client.put_event("grace", text)
    world.clock.advance(minutes=10)
    world.work()


def test_a_regular_is_kept_and_frees_the_date_that_is_cancelled(page: Page, world: PageWorld) -> None:
    in_calendar(world)
    signed_in(page, world.login_link("ada@example.com"))
    page.get_by_role("link", name="Prime time").click()
    looked_at(page, "prime-time")
    page.get_by_label("Client of Grace").select_option(label="Grace Hopper")
    page.get_by_role("button", name="Keep it for them").click()
    expect(page.get_by_role("link", name="Regular we 14:00")).to_be_visible()
    expect(page.get_by_text("looks like a regular")).to_be_hidden()
    world.apply(stated(world))
    in_calendar(world, WEDNESDAY + timedelta(weeks=6))
    page.get_by_role("link", name="Regular we 14:00").click()
    row = page.get_by_role("listitem").filter(has_text="Wed 25 November")
    expect(row.get_by_text("Open to everyone", exact=True)).to_be_visible()
    expect(page.get_by_text("Open to everyone", exact=True)).to_have_count(1)
    expect(page.get_by_text("released for it was cancelled in the calendar")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="No longer keep this time").click()
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_text("looks like a regular")).to_be_visible()
