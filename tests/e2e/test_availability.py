"""A provider changes her hours and sees first what that does, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import signed_in, watched_page
from tests.support.looking import looked_at
from tests.support.page_world import PageWorld, page_world
from tests.support.radicale import RadicaleServer

pytestmark = pytest.mark.browser


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale) as world:
        yield world


def ask_for(page: Page, world: PageWorld) -> None:
    """Somebody asks for Thursday 19 November at 10:30."""
    page.goto(f"{world.url}/book/elm-street/ada/times?service=90834&day=2026-11-19")
    page.get_by_role("link", name="November, 10:30 am").click()
    page.get_by_label("Your name").fill("Mary Jackson")
    page.get_by_label("E-mail").fill("mary@example.com")
    page.get_by_label("In person").check()
    page.get_by_role("button", name="Send request").click()
    page.wait_for_url("**/r/**")


def test_a_change_of_hours_shows_what_it_does_before_it_is_saved(page: Page, world: PageWorld) -> None:
    ask_for(page, world)
    signed_in(page, world.login_link("ada@example.com"))
    page.get_by_role("link", name="Availability").click()
    page.get_by_role("link", name="Add a date").click()
    page.get_by_label("Day", exact=True).fill("2026-11-19")
    page.get_by_role("button", name="Look at the change").click()
    expect(page.get_by_role("heading", name="What this would do")).to_be_visible()
    expect(page.get_by_text("1 booking would lie outside of all hours.")).to_be_visible()
    expect(page.get_by_role("link", name="Mary Jackson")).to_be_visible()
    looked_at(page, "impact-booked")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("link", name="Thursday 19 November 2026")).to_be_visible()
    page.goto(f"{world.url}/book/elm-street/ada/times?service=90834&day=2026-11-19")
    expect(page.get_by_role("link", name="November, 9:45 am")).to_have_count(0)
    page.goto(f"{world.url}/provider/availability")
    page.get_by_role("link", name="Add hours").click()
    page.get_by_label("To", exact=True).fill("08:00")
    page.get_by_role("button", name="Look at the change").click()
    expect(page.get_by_role("alert")).to_be_focused()
    looked_at(page)
    page.get_by_role("link", name="Availability").first.click()
    page.get_by_role("link", name="Change the rules").click()
    page.get_by_label("At least this long before").fill("4d")
    page.get_by_role("button", name="Look at the change").click()
    expect(page.get_by_text("times close")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="Prime time").click()
    page.get_by_role("link", name="Hold a time").click()
    page.get_by_role("button", name="Look at the change").click()
    expect(page.get_by_role("alert")).to_be_focused()
    looked_at(page)


def test_hours_are_drawn_on_the_week_with_a_mouse_and_with_keys(page: Page, world: PageWorld) -> None:
    signed_in(page, world.login_link("ada@example.com"))
    page.goto(f"{world.url}/provider/availability")
    grid = page.get_by_role("application", name="Draw weekly hours")
    # The week begins today, a Monday; Friday has no hours yet.
    friday = grid.locator("[data-day='4'] svg").bounding_box()
    assert friday is not None
    middle = friday["x"] + friday["width"] / 2
    page.mouse.move(middle, friday["y"] + 1)
    page.mouse.down()
    page.mouse.move(middle, friday["y"] + friday["height"] / 2, steps=4)
    expect(page.get_by_role("status").filter(has_text="Friday, 8:00 AM")).to_be_visible()
    page.mouse.up()
    expect(page.get_by_role("heading", name="What this would do")).to_be_visible()
    expect(page.get_by_text("times open")).to_be_visible()
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("link", name="Fri, 8:00 am")).to_be_visible()
    page.wait_for_load_state()
    grid.focus()
    for key in (
        "ArrowDown",
        "ArrowLeft",
        "Shift+ArrowDown",
        "Escape",
        "ArrowDown",
        "ArrowLeft",
        "Shift+ArrowDown",
    ):
        page.keyboard.press(key)
    expect(page.get_by_role("status").filter(has_text="10:15 AM")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What this would do")).to_be_visible()


def test_hours_are_drawn_with_a_finger_and_what_was_saved_is_undone(
    browser: Browser, world: PageWorld
) -> None:
    with watched_page(browser, "phone", has_touch=True, is_mobile=True) as page:
        signed_in(page, world.login_link("ada@example.com"))
        page.goto(f"{world.url}/provider/availability")
        friday = page.locator("#week-grid [data-day='4'] svg")
        friday.scroll_into_view_if_needed()
        box = friday.bounding_box()
        assert box is not None
        x, top, height = box["x"] + box["width"] / 2, box["y"], box["height"]
        # A finger that does not rest scrolls the page.
        before = page.evaluate("scrollY")
        swiped(page, x, top + height / 2, top + 1)
        page.wait_for_function("before => scrollY > before", arg=before)
        friday.scroll_into_view_if_needed()
        box = friday.bounding_box()
        assert box is not None
        swiped(page, x, box["y"] + 1, box["y"] + height / 2, rests=True)
        expect(page.get_by_role("heading", name="What this would do")).to_be_visible()
        looked_at(page, "impact")
        page.get_by_role("button", name="Save it").tap()
        expect(page.get_by_role("link", name="Fri, 8:00 am")).to_be_visible()
        looked_at(page, "availability-saved")
        page.get_by_role("button", name="Undo").tap()
        expect(page.get_by_text("Taken back: it is as it was before.")).to_be_visible()
        expect(page.get_by_role("link", name="Fri, 8:00 am")).to_have_count(0)


def swiped(page: Page, x: float, begin: float, end: float, *, rests: bool = False) -> None:
    """A finger goes down, rests until something is drawn if it is to, and moves along a line."""
    wire = page.context.new_cdp_session(page)
    for kind, y in (("touchStart", begin), ("touchMove", (begin + end) / 2), ("touchMove", end)):
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        if rests and kind == "touchStart":
            page.locator("#week-grid .drawn").wait_for(state="attached")
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
