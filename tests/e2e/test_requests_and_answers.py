"""A request from "may I?" to its end, as client and provider live it on the pages and in her calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.support.looking import looked_at
from tests.support.page_steps import (
    Cast,
    accepted,
    asked,
    fill_in,
    headed,
    send,
    straight_to_details,
    to_details,
    to_times,
    told,
)
from tests.support.stories import story

pytestmark = pytest.mark.browser

GRACE, ADA = "grace@example.com", "ada@example.com"
THURSDAY_HALF_PAST_TEN = "2026-11-19T10:30"
PENDING = [("Thu 19 10:30", "Request: GH", "tentative")]
CONFIRMED = [("Thu 19 10:30", "GH", "confirmed")]


@story("google", "phone")
def test_a_client_is_confirmed_takes_another_time_and_cancels(cast: Cast) -> None:
    client, world = cast.client, cast.world
    to_details(client, world, "Thursday 19 November", "10:30 am")
    fill_in(client)
    address = send(client)
    headed(client, "Sent. Ada Byron has your request")
    world.work()
    assert world.entries() == PENDING
    with cast.staff() as ada:
        ada.get_by_role("button", name="Accept Grace Hopper").click()
        told(ada, "Accepted: Grace Hopper")
    world.later()
    assert world.entries() == CONFIRMED
    client.goto(address)
    headed(client, "Your appointment is confirmed")
    looked_at(client, "confirmed")
    client.get_by_role("link", name="Take another time").click()
    client.get_by_role("link", name="Wednesday 18 November, ").click()
    looked_at(client, "moving")
    client.get_by_role("link", name="Wednesday 18 November, 2:15 pm to ").click()
    headed(client, "Take this time instead?")
    looked_at(client, "moving-chosen")
    client.get_by_role("button", name="Yes, take it").click()
    expect(client.get_by_text("Wednesday 18 November 2026")).to_be_visible()
    world.later()
    assert world.entries() == [("Wed 18 14:15", "GH", "confirmed")]
    client.get_by_text("Cancel this appointment").click()
    client.get_by_role("button", name="Yes, cancel it").click()
    headed(client, "This appointment is cancelled")
    world.later()
    assert world.ours() == {}
    assert world.mails(GRACE) == ["created", "confirmed", "rescheduled", "cancelled"]
    assert world.mails(ADA) == ["new_request", "moved", "withdrawn"]


def offer(ada: Page, *starts: str) -> None:
    ada.get_by_text("Offer other times").click()
    for label, start in zip(("First time", "Second time", "Third time"), starts, strict=False):
        ada.get_by_label(label).fill(start)
    ada.get_by_role("button", name="Send these times").click()
    expect(ada.get_by_text("Put forward:")).to_be_visible()


@story("radicale", "phone")
def test_other_times_are_offered_refused_and_one_of_them_is_chosen(cast: Cast) -> None:
    client, world = cast.client, cast.world
    address = asked(client, world, THURSDAY_HALF_PAST_TEN)
    with cast.staff() as ada:
        offer(ada, "2026-11-18T14:15", "2026-11-18T16:40", "2026-11-23T11:15")
        looked_at(ada, "inbox-offered")
    world.later()
    client.goto(address)
    looked_at(client, "proposal")
    client.get_by_role("button", name="None of these, I keep my request").click()
    expect(client.get_by_text("Waiting for an answer")).to_be_visible()
    world.later()
    assert world.entries() == PENDING
    with cast.staff() as ada:
        offer(ada, "2026-11-18T16:40")
    world.later()
    client.reload()
    client.get_by_role("button", name="Wednesday 18 November, 4:40").click()
    headed(client, "Your appointment is confirmed")
    world.later()
    assert world.entries() == [("Wed 18 16:40", "GH", "confirmed")]
    assert world.mails(ADA) == ["new_request", "turned_down", "chosen"]


@story("google", "desk")
def test_the_link_in_the_mail_answers_once_and_asks_for_no_sign_in(cast: Cast) -> None:
    client, world = cast.client, cast.world
    asked(client, world, THURSDAY_HALF_PAST_TEN)
    link = world.link("new_request", ADA, "/d/")
    with cast.another() as telephone:
        telephone.goto(link)
        looked_at(telephone, "mail-link")
        telephone.get_by_role("button", name="Accept").click()
        headed(telephone, "You have accepted this request")
        looked_at(telephone)
        world.later()
        assert world.entries() == CONFIRMED
        other = asked(client, world, "2026-11-18T14:15", name="Ann Lee", email="ann@example.com")
        telephone.goto(world.link("new_request", ADA, "/d/"))
        telephone.get_by_text("Decline").first.click()
        telephone.get_by_label("A word to the client").fill("Mornings are better.")
        telephone.get_by_role("button", name="Decline").click()
        headed(telephone, "You have declined this request")
    world.later()
    assert world.entries() == CONFIRMED
    client.goto(other)
    expect(client.get_by_text("“Mornings are better.”")).to_be_visible()


@story("radicale", "desk")
def test_a_decline_says_why_and_to_whom_else_to_go_and_a_slip_is_undone(cast: Cast) -> None:
    client, world = cast.client, cast.world
    address = asked(client, world, THURSDAY_HALF_PAST_TEN)
    with cast.staff() as ada:
        ada.get_by_role("button", name="Decline Grace Hopper").click()
        looked_at(ada, "inbox-undo")
        ada.get_by_role("button", name="Undo Grace Hopper").click()
        expect(ada.get_by_role("button", name="Accept Grace Hopper")).to_be_visible()
        world.later()
        assert world.entries() == PENDING
        ada.get_by_text("Add a message").click()
        ada.get_by_label("Message to the client").fill("I am away.")
        ada.get_by_label("Refer to").select_option(label="Max Born")
        ada.get_by_role("button", name="Decline Grace Hopper").click()
        told(ada, "Declined: Grace Hopper")
    world.later()
    assert world.ours() == {}
    client.goto(address)
    headed(client, "This time does not work")
    looked_at(client, "declined")
    client.get_by_role("link", name="Find another time with Max Born").click()
    headed(client, "Max Born")
    assert world.mails(GRACE) == ["created", "declined"]


@story("radicale", "phone")
def test_an_appointment_goes_to_another_provider_and_leaves_the_first_ones_calendar(cast: Cast) -> None:
    client, world = cast.client, cast.world
    address = accepted(cast, THURSDAY_HALF_PAST_TEN)
    with cast.staff() as ada:
        ada.get_by_role("link", name="Grace Hopper").click()
        ada.get_by_text("Give it to another provider").click()
        looked_at(ada, "one-request")
        ada.get_by_label("Provider").select_option(label="Max Born")
        ada.get_by_role("button", name="Give it to them").click()
        expect(ada.get_by_text("Give it to another provider")).to_have_count(0)
    world.later()
    assert world.ours() == {}
    client.goto(address)
    expect(client.get_by_text("Max Born", exact=True)).to_be_visible()
    assert world.mails(GRACE)[-1] == "provider_changed"


@story("google", "phone")
def test_the_provider_answers_offers_and_cancels_in_her_own_calendar(cast: Cast) -> None:
    client, world = cast.client, cast.world
    address = asked(client, world, THURSDAY_HALF_PAST_TEN)
    world.change("STATUS:TENTATIVE", "STATUS:CONFIRMED")
    world.reread()
    assert world.entries() == CONFIRMED
    client.goto(address)
    headed(client, "Your appointment is confirmed")
    world.drag(timedelta(hours=3))
    world.reread()
    client.reload()
    looked_at(client)
    client.get_by_role("button", name="Thursday 19 November, 1:30").click()
    headed(client, "Your appointment is confirmed")
    world.later()
    assert world.entries() == [("Thu 19 13:30", "GH", "confirmed")]
    world.remove()
    world.reread()
    client.reload()
    headed(client, "This appointment is cancelled")
    assert world.mails(GRACE)[-1] == "deleted"
    other = asked(client, world, "2026-11-18T14:15", name="Ann Lee", email="ann@example.com")
    world.remove()
    world.reread()
    client.goto(other)
    headed(client, "This time does not work")
    assert world.ours() == {}


@story("radicale", "phone")
def test_where_no_time_suits_or_none_can_be_seen_wishes_are_left(cast: Cast) -> None:
    client, world = cast.client, cast.world
    to_times(client, world)
    client.get_by_text("None of these suit me").click()
    looked_at(client, "none-suit")
    leave_wish(client, "Sundays only")
    world.clock.advance(minutes=20)
    client.goto(f"{world.url}/book/elm-street/ada")
    expect(client.get_by_role("status")).to_contain_text("We are checking Ada Byron’s calendar")
    looked_at(client)
    world.clock.advance(minutes=41)
    client.goto(f"{world.url}/book/elm-street/ada")
    looked_at(client, "closed")
    leave_wish(client, "Any morning")
    world.work()
    assert world.mails(ADA) == ["wish", "wish"]
    with cast.staff() as ada:
        looked_at(ada, "inbox-wishes")
        ada.get_by_role("button", name="I have answered").first.click()
        expect(ada.get_by_role("button", name="I have answered")).to_have_count(1)
    assert world.ours() == {}


def leave_wish(client: Page, text: str) -> None:
    client.get_by_label("Times that suit you").fill(text)
    client.get_by_label("Your name").fill("Grace Hopper")
    client.get_by_label("E-mail").fill(GRACE)
    client.get_by_role("button", name="Send your wishes").click()
    headed(client, "Thank you, your wishes are sent")


@story("google", "desk")
def test_a_time_taken_meanwhile_offers_others_and_one_of_them_is_had(cast: Cast) -> None:
    client, world = cast.client, cast.world
    straight_to_details(client, world, THURSDAY_HALF_PAST_TEN)
    fill_in(client)
    with cast.another() as other:
        asked(other, world, THURSDAY_HALF_PAST_TEN, name="Ann Lee", email="ann@example.com")
    client.get_by_role("button", name="Send request").click()
    headed(client, "This time has just been taken")
    looked_at(client, "taken")
    send(client)
    world.work()
    assert [title for _, title, _ in world.entries()] == ["Request: GH", "Request: AL"]
