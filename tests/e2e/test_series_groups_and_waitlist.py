"""What is more than one client at one time: dates that repeat, seats that are shared, turns that are waited for."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.support.looking import looked_at
from tests.support.page_steps import (
    Cast,
    accepted,
    headed,
    send,
    straight_to_details,
    to_details,
    to_times,
    told,
)
from tests.support.stories import story

pytestmark = pytest.mark.browser

ADA, MARY = "ada@example.com", "mary@example.com"


def recognised(page: Page, cast: Cast, email: str) -> None:
    """From the details form to the mailbox and back."""
    page.get_by_role("link", name="Been here before?").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send the code").click()
    looked_at(page, "code")
    cast.world.work()
    code = re.search(r"\b\d{3} \d{3}\b", cast.world.text("code", email))
    assert code
    page.get_by_label("The six digits").fill("000 000")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#errors")).to_be_focused()
    looked_at(page)
    page.get_by_label("The six digits").fill(code[0])
    page.get_by_role("button", name="Go on").click()


@story("google", "phone")
def test_a_mother_is_known_by_a_code_and_books_dates_that_repeat(cast: Cast) -> None:
    page, world = cast.client, cast.world
    world.busy("Choir", datetime(2026, 11, 26, 10), 60)
    world.busy("Fair", datetime(2026, 12, 3, 9), 600)
    world.reread()
    to_details(page, world, "Thursday 19 November", "10:30 am")
    recognised(page, cast, MARY)
    expect(page.get_by_text("You book for Grace Hopper, as Mary Hopper.")).to_be_visible()
    page.get_by_text("Come at this time regularly").click()
    page.get_by_label("How often").select_option(label="Every week")
    page.get_by_label("How many times in all").fill("5")
    looked_at(page, "details-series")
    page.get_by_label("In person").check()
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("heading", name="Some of these dates cannot be had")).to_be_visible()
    looked_at(page, "series-clashes")
    page.get_by_role("group", name="Thu 26 November").get_by_role("radio").first.check()
    page.get_by_role("group", name="Thu 3 December").get_by_label("Leave this date out").check()
    address = send(page)
    world.work()
    assert len(world.ours()) == 1
    with cast.staff() as ada:
        looked_at(ada, "inbox-series")
        ada.get_by_role("button", name="Accept Grace Hopper").click()
        told(ada, "Accepted: Grace Hopper")
    world.later()
    dates = [(when.rpartition(" ")[0], title, status) for when, title, status in world.entries()]
    assert dates == [(day, "GH", "confirmed") for day in ("Thu 19", dates[1][0], "Thu 10", "Thu 17")]
    assert "RRULE" in world.ours()[world.the_one()]
    page.goto(address)
    looked_at(page, "series")
    page.get_by_role("link", name="Thu 10 December").click()
    page.get_by_text("Cancel this appointment").click()
    page.get_by_label("This one and all after it").check()
    looked_at(page, "series-cancel")
    page.get_by_role("button", name="Yes, cancel it").click()
    headed(page, "This appointment is cancelled")
    world.later()
    assert len(world.entries()) == 2
    with cast.staff() as ada:
        ada.get_by_role("link", name="Grace Hopper").first.click()
        ada.get_by_text("Cancel this appointment").click()
        cancelling = ada.locator("form[action$='/cancel']")
        cancelling.get_by_label("All dates").check()
        cancelling.get_by_role("button").click()
        expect(cancelling).to_have_count(0)
    world.later()
    assert world.ours() == {}
    assert world.mails(MARY)[-2:] == ["cancelled", "cancelled"]


GROUP = "Evening group"
WEDNESDAY_EVENING = "2026-11-18T17:15"


@story("radicale", "desk")
def test_a_group_is_one_event_and_who_comes_too_late_waits_for_a_seat(cast: Cast) -> None:
    page, world = cast.client, cast.world
    first = accepted(cast, WEDNESDAY_EVENING, "90853")
    accepted(cast, WEDNESDAY_EVENING, "90853", name="Ann Lee", email="ann@example.com")
    assert len(world.ours()) == 1
    to_times(page, world, GROUP)
    page.get_by_role("link", name="Wednesday 18 November, ").click()
    page.wait_for_url("**day=2026-11-18**")
    expect(page.get_by_role("link", name="Wednesday 18 November, 5:15 pm to ")).to_have_count(0)
    page.get_by_text("None of these suit me").click()
    page.get_by_role("link", name="Be told when a time becomes free").click()
    page.get_by_label("Wed").check()
    page.get_by_label("At what time of day?").select_option(label="Evening")
    page.get_by_label("Not after").fill("2026-11-18")
    looked_at(page, "waitlist-join")
    page.get_by_role("button", name="Put me on the list").evaluate("button => button.form.noValidate = true")
    page.get_by_role("button", name="Put me on the list").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_label("Wed")).to_be_checked()
    page.get_by_label("Your name").fill("Bea Cole")
    page.get_by_label("E-mail").fill("bea@example.com")
    looked_at(page)
    page.get_by_role("button", name="Put me on the list").click()
    headed(page, "Thank you, you are on the waitlist")
    world.work()
    place = world.link("waitlist_joined", "bea@example.com", "/w/")
    page.goto(place)
    headed(page, "You are on the waitlist")
    looked_at(page, "waitlist-place")
    with cast.another() as grace:
        grace.goto(first)
        grace.get_by_text("Cancel this appointment").click()
        grace.get_by_role("button", name="Yes, cancel it").click()
        headed(grace, "This appointment is cancelled")
    world.later()
    world.work()
    assert world.link("waitlist_offer", "bea@example.com", "/w/") == place
    with cast.staff(path="/provider/waitlist") as ada:
        expect(ada.get_by_text("On offer")).to_be_visible()
        looked_at(ada, "waitlist")
    page.reload()
    looked_at(page, "waitlist-offer")
    page.get_by_role("button", name="Take this time").click()
    headed(page, "Sent. Ada Byron has your request")
    with cast.staff() as ada:
        ada.get_by_role("button", name="Accept Bea Cole").click()
        told(ada, "Accepted: Bea Cole")
    world.later()
    assert len(world.ours()) == 1
    assert [(when, status) for when, _, status in world.entries()] == [("Wed 18 17:15", "confirmed")]
    with cast.staff(path="/provider/waitlist") as ada:
        headed(ada, "Nobody waits for a time")


@story("google", "phone")
def test_an_offered_turn_passes_to_the_next_and_a_place_is_given_up(cast: Cast) -> None:
    page, world = cast.client, cast.world
    straight_to_details(page, world, "2026-11-19T10:30")
    places = []
    for name in ("ann", "bea"):
        page.goto(f"{world.url}/book/elm-street/ada/waitlist?service=90834")
        page.get_by_label("Your name").fill(f"{name.title()} Lee")
        page.get_by_label("E-mail").fill(f"{name}@example.com")
        page.get_by_role("button", name="Put me on the list").click()
        headed(page, "Thank you, you are on the waitlist")
        world.later()
        places.append(world.link("waitlist_joined", f"{name}@example.com", "/w/"))
    page.goto(places[0])
    headed(page, "A time has become free")
    page.get_by_role("button", name="Let it pass").click()
    page.get_by_role("button", name="Take me off the list").click()
    headed(page, "You are no longer on the list")
    looked_at(page)
    page.goto(places[1])
    page.get_by_role("button", name="Take this time").click()
    headed(page, "Sent. Ada Byron has your request")
    world.work()
    assert [title for _, title, _ in world.entries()] == ["Request: BL"]
