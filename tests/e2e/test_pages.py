"""The pages in a real browser: phone and desk, light and dark, with and without script, and no fault that axe knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import faults_of, signed_in, watched_page
from tests.support.looking import looked_at
from tests.support.page_steps import told
from tests.support.page_world import PageWorld, page_world
from tests.support.radicale import RadicaleServer
from tests.support.running_service import practice_text, running_service

pytestmark = pytest.mark.browser


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale) as world:
        yield world


def to_details(page: Page, world: PageWorld) -> None:
    """From the practice's page to the form for the first time on offer."""
    page.goto(f"{world.url}/book/elm-street")
    page.get_by_role("link", name="Ada Byron").click()
    page.get_by_role("link", name="Individual session").click()
    page.get_by_role("link", name="Thursday 19 November, ").click()
    page.get_by_role("link", name="10:30 am to 11:15 am").click()
    page.wait_for_url("**/details?**")


def fill_in(page: Page, name: str = "Grace Hopper", email: str = "grace@example.com") -> None:
    page.get_by_label("By video").check()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill(email)


def asked(page: Page, world: PageWorld, **person: str) -> str:
    to_details(page, world)
    fill_in(page, **person)
    page.get_by_role("button", name="Send request").click()
    page.wait_for_url("**/r/**")
    return page.url.partition("?")[0]


def signed_in_at(page: Page, world: PageWorld, email: str, path: str) -> None:
    signed_in(page, world.login_link(email))
    page.goto(world.url + path)


def test_the_whole_way_works_without_script(browser: Browser, world: PageWorld) -> None:
    with watched_page(browser, "phone", java_script_enabled=False) as page:
        address = asked(page, world)
        world.work()
        signed_in_at(page, world, "ada@example.com", "/provider")
        page.get_by_role("button", name="Accept Grace Hopper").click()
        told(page, "Accepted: Grace Hopper")
        world.clock.advance(minutes=3)
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is confirmed")


def test_the_whole_way_works_with_the_keyboard_alone(page: Page, world: PageWorld) -> None:
    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if name in page.evaluate(
                "document.activeElement.matches('a, button') && document.activeElement.textContent || ''"
            ):
                with page.expect_navigation():
                    page.keyboard.press("Enter")
                return
        pytest.fail(f"the key Tab never reaches {name!r}")

    page.goto(f"{world.url}/book/elm-street")
    for name in ("Ada Byron", "Individual session", "Thursday 19 November, ", "10:30 am to 11:15 am"):
        tab_to(name)
    page.get_by_label("Your name").focus()
    page.keyboard.type("Grace Hopper")
    page.keyboard.press("Tab")
    page.keyboard.type("grace@example.com")
    tab_to("Send request")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sent. Ada Byron has your request")


def test_after_choosing_a_day_the_focus_is_at_its_times(page: Page, world: PageWorld) -> None:
    page.goto(f"{world.url}/book/elm-street/ada/times?service=90834")
    page.get_by_role("link", name="Thursday 19 November, ").click()
    expect(page.locator("#times")).to_be_focused()


def test_a_form_with_a_fault_gives_the_focus_to_what_is_wrong(page: Page, world: PageWorld) -> None:
    to_details(page, world)
    page.locator("form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("#errors")).to_be_focused()
    looked_at(page)


def test_a_visitor_elsewhere_is_offered_her_own_zone(browser: Browser, world: PageWorld) -> None:
    with watched_page(browser, "phone", timezone_id="Asia/Tokyo") as page:
        page.goto(f"{world.url}/book/elm-street/ada/times?service=90834")
        expect(page.get_by_label("Your time zone")).to_have_value("Asia/Tokyo")
        page.get_by_role("button", name="Show times in this zone").click()
        expect(page.get_by_text("Times are in Tokyo time")).to_be_visible()
        page.get_by_role("link", name="Thursday 19 November, ").click()
        expect(page.get_by_role("link", name="Thursday 19 November, 11:00 pm")).to_have_count(1)


def test_the_dashboard_brings_itself_up_to_date_and_can_be_stopped(page: Page, world: PageWorld) -> None:
    page.clock.install()
    signed_in_at(page, world, "owner@example.com", "/ops")
    expect(page.locator(".tally")).to_contain_text("1")
    world.clock.advance(minutes=61)
    page.clock.run_for(16_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("No: 1 calendar is not true.")
    page.get_by_role("button", name="Stop updating").click()
    expect(page.get_by_role("button", name="Update by itself again")).to_be_visible()


def test_the_dashboard_of_the_running_program_says_yes(
    browser: Browser, tmp_path: Path, radicale: RadicaleServer
) -> None:
    calendar = radicale.make_calendar(radicale.fresh_account())
    with running_service(
        tmp_path, database_url=f"sqlite:///{tmp_path / 'freehold.db'}", password=calendar.password
    ) as service:
        service.apply(practice_text(calendar))
        service.cli("sync", "--all")
        link = service.login_link("owner@example.com")
        with watched_page(browser, "phone") as page:
            signed_in(page, link)
            page.goto(f"{service.url}/ops")
            expect(page.get_by_role("heading", level=1)).to_have_text("Yes, everything is true right now.")
            looked_at(page, "dashboard", dark=True)


def test_an_answer_that_the_inbox_cannot_take_is_told_there(page: Page, world: PageWorld) -> None:
    address = asked(page, world)
    signed_in_at(page, world, "ada@example.com", "/provider")
    with watched_page(page.context.browser, "phone") as client:  # type: ignore[arg-type]
        client.goto(address)
        client.get_by_text("Withdraw this request").click()
        client.get_by_role("button", name="Yes, withdraw it").click()
        expect(client.get_by_role("heading", level=1)).to_have_text("This appointment is cancelled")
    page.get_by_role("button", name="Accept Grace Hopper").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert faults_of(page).found == []
