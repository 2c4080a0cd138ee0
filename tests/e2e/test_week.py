"""Staff's week in a real browser: a booking is dragged, a time is drawn, and the same by keyboard and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from booking.desk import RequestForm
from booking.roles import Actor, Role
from booking.store.tables import audit, request
from tests.support.browser import VIEWPORTS, axe, signed_in, watched_page
from tests.support.page_world import NEW_YORK, PageWorld, page_world
from tests.support.radicale import RadicaleServer

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SCREENSHOTS")
HALF_PAST_TEN = datetime(2026, 11, 19, 10, 30, tzinfo=NEW_YORK)


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale) as world:
        yield world


def booked(world: PageWorld) -> None:
    """On Thursday 19 November Mary has an appointment at 10:30, and Rose asks for 3:00."""
    desk, now = world.runtime.desk, world.clock()
    owner = Actor(Role.OWNER, desk.practice("elm-street").id, "user:owner")
    for name, start in (
        ("Mary Jackson", HALF_PAST_TEN),
        ("Rose Dieng", HALF_PAST_TEN.replace(hour=15, minute=0)),
    ):
        asked = desk.request(
            RequestForm(
                practice="elm-street", provider="ada", service="90834", start=start, name=name,
                email=f"{name[:4]}@example.com", mode="in_person",
            ),
            now=now,
        )  # fmt: skip
        if name == "Mary Jackson":
            desk.accept(owner, asked.id, now=now)


def start_of(world: PageWorld, name: str) -> str:
    with world.runtime.database.read() as connection:
        row = connection.execute(select(request).where(request.c.client_name == name)).one()
    return f"{row.status} {row.starts_at.astimezone(NEW_YORK):%a %H:%M}"


def to_week(page: Page, world: PageWorld) -> None:
    signed_in(page, world.login_link("ada@example.com"))
    page.get_by_role("link", name="Week", exact=True).click()
    expect(page.locator(".ec-event").first).to_be_visible()


def drag(page: Page, name: str, minutes: int) -> None:
    """The calendar gives a minute a pixel."""
    box = page.locator(".ec-event.ec-draggable").filter(has_text=name).bounding_box()
    assert box is not None
    x, y = box["x"] + 20, box["y"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + minutes / 2, steps=4)
    page.mouse.move(x, y + minutes, steps=4)
    page.mouse.up()


def looked_at(page: Page, name: str) -> None:
    size = page.viewport_size or VIEWPORTS["desk"]
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{size['width']}-{scheme}.png", full_page=True)
        assert axe(page) == [], (name, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name


def test_an_appointment_is_dragged_and_moved_once_what_speaks_against_it_is_passed_over(
    page: Page, world: PageWorld
) -> None:
    booked(world)
    to_week(page, world)
    looked_at(page, "week")
    drag(page, "Mary Jackson", -60)
    expect(page.get_by_text("Nothing speaks against this time.")).to_be_visible()
    page.get_by_role("button", name="Move the appointment").click()
    expect(page.locator(".ec-event.is-accepted")).to_contain_text("9:30 am")
    assert start_of(world, "Mary Jackson") == "accepted Thu 09:30"
    drag(page, "Mary Jackson", 150)
    expect(page.get_by_text("“Lunch with Mary” in the calendar Work takes")).to_be_visible()
    looked_at(page, "week-move")
    page.get_by_role("button", name="Move the appointment").click()
    expect(page.get_by_text("This speaks against it")).to_be_visible()
    assert start_of(world, "Mary Jackson") == "accepted Thu 09:30"
    page.get_by_label("Move it all the same").check()
    page.get_by_role("button", name="Move the appointment").click()
    expect(page.locator(".ec-event.is-accepted")).to_contain_text("12:00 pm")
    assert start_of(world, "Mary Jackson") == "accepted Thu 12:00"
    with world.runtime.database.read() as connection:
        noted = connection.execute(select(audit.c.after).where(audit.c.action == "override")).scalars().all()
    assert noted == ["calendar"]


@pytest.mark.long
def test_a_drawn_time_is_entered_and_a_request_is_put_forward_by_keys(page: Page, world: PageWorld) -> None:
    booked(world)
    to_week(page, world)
    column = page.locator(".ec-time-grid .ec-body .ec-day").nth(4).bounding_box()
    assert column is not None
    page.mouse.move(column["x"] + 30, column["y"] + 125)
    page.mouse.down()
    page.mouse.move(column["x"] + 30, column["y"] + 170, steps=5)
    page.mouse.up()
    expect(page.get_by_role("heading", name="Enter an appointment")).to_be_visible()
    expect(page.get_by_label("Start")).to_have_value("2026-11-20T10:05")
    looked_at(page, "week-enter")
    page.get_by_label("Name").fill("Katherine Moore")
    page.get_by_label("E-mail").fill("kate@example.com")
    page.get_by_role("button", name="Enter the appointment").click()
    expect(page.get_by_text("This speaks against it")).to_be_visible()
    page.get_by_label("Enter it all the same").check()
    page.get_by_role("button", name="Enter the appointment").click()
    expect(page.locator(".ec-event.is-accepted").filter(has_text="Katherine")).to_be_visible()
    page.get_by_role("link", name="Move Rose Dieng").press("Enter")
    page.get_by_label("New start").fill("2026-11-19T16:20")
    page.get_by_role("button", name="Put this time forward").press("Enter")
    expect(page.locator(".ec-event.is-kept")).to_contain_text("Rose Dieng")
    assert start_of(world, "Rose Dieng") == "pending Thu 15:00"


@pytest.mark.long
def test_a_phone_shows_three_days_from_today_a_desk_seven_and_a_finger_drags(
    browser: Browser, world: PageWorld
) -> None:
    booked(world)
    with watched_page(browser, "phone", has_touch=True) as page:
        to_week(page, world)
        expect(page.locator(".ec-col-head")).to_have_count(3)
        looked_at(page, "week")
        page.set_viewport_size(VIEWPORTS["desk"])
        expect(page.locator(".ec-col-head")).to_have_count(7)
        page.set_viewport_size(VIEWPORTS["phone"])
        expect(page.locator(".ec-col-head")).to_have_count(3)
        page.get_by_role("link", name="Later").click()
        mary = page.locator(".ec-event.ec-draggable").filter(has_text="Mary Jackson")
        expect(mary).to_be_visible()
        looked_at(page, "week-later")
        box = mary.bounding_box()
        assert box is not None
        finger = page.context.new_cdp_session(page)

        def touch(kind: str, y: float) -> None:
            points = [] if kind == "touchEnd" else [{"x": box["x"] + 20, "y": y}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", box["y"] + 10)
        expect(page.locator(".ec-preview")).to_be_visible()
        for step in range(1, 7):
            touch("touchMove", box["y"] + 10 - 10 * step)
        touch("touchEnd", 0)
        expect(page.get_by_label("New start")).to_have_value("2026-11-19T09:30")
