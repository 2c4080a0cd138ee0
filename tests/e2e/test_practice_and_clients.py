"""What an owner says once, and what clients see of it: privacy text, words of mails, other ways, personal links."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.support.looking import looked_at
from tests.support.page_steps import Cast, asked, fill_in, headed, send, straight_to_details, told
from tests.support.scripted_http import ScriptedServer, response, say
from tests.support.stories import story

pytestmark = pytest.mark.browser

OWNER, GRACE = "owner@example.com", "grace@example.com"


def saved(page: Page, section: str) -> None:
    page.get_by_role("region", name=section).get_by_role("button", name="Save it").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")


@story("radicale", "phone")
def test_the_privacy_text_is_accepted_and_a_personal_link_spares_typing(cast: Cast) -> None:
    client, world = cast.client, cast.world
    with cast.staff(OWNER, "/settings/notices") as owner:
        owner.get_by_label("The text").fill("What you tell us stays here.\n\nNotes are kept for ten years.")
        saved(owner, "Privacy text")
        looked_at(owner, "notices")
    with cast.staff(path="/provider/clients") as ada:
        ada.get_by_role("link", name="Grace Hopper").click()
        ada.get_by_role("group", name="A new contact").get_by_label("Name").fill("Tom Hopper")
        ada.get_by_role("group", name="A new contact").get_by_label("E-mail").fill("tom@nowhere")
        ada.locator("form").first.evaluate("form => form.noValidate = true")
        ada.get_by_role("button", name="Save it").click()
        expect(ada.locator("#errors")).to_be_focused()
        looked_at(ada)
        ada.get_by_role("group", name="Tom Hopper").get_by_label("E-mail").fill("tom@example.com")
        ada.get_by_role("button", name="Save it").click()
        ada.get_by_role("button", name="Invitation").click()
        looked_at(ada, "one-client")
        link = ada.locator("code").inner_text()
    client.goto(link)
    client.get_by_role("link", name="Ada Byron").click()
    expect(client.get_by_text("You book as Grace Hopper.")).to_be_visible()
    client.get_by_role("link", name="Individual session").click()
    client.get_by_role("link", name="Thursday 19 November, ").first.click()
    client.get_by_role("link", name="Thursday 19 November, 10:30 am to ").click()
    expect(client.get_by_label("Your name")).to_have_value("Grace Hopper")
    client.get_by_label("In person").check()
    looked_at(client, "details-privacy")
    client.locator("form").first.evaluate("form => form.noValidate = true")
    client.get_by_role("button", name="Send request").click()
    expect(client.locator("#errors")).to_be_focused()
    looked_at(client)
    client.get_by_label("I have read this and accept it").check()
    send(client)
    world.work()
    assert world.entries() == [("Thu 19 10:30", "Request: GH", "tentative")]
    with cast.staff() as ada:
        expect(ada.get_by_text(GRACE)).to_be_visible()


@story("google", "desk")
def test_an_owner_words_a_mail_switches_another_off_and_adds_a_way(cast: Cast) -> None:
    client, world = cast.client, cast.world
    with ScriptedServer(say(response("200 OK"))) as room, cast.staff(OWNER, "/settings/notices") as owner:
        owner.get_by_label("The request is declined").uncheck()
        saved(owner, "Which mails clients get")
        owner.get_by_role("link", name="Your request has arrived").click()
        owner.get_by_label("Text").fill("We have your wish for {day}.")
        owner.get_by_role("button", name="Save it").click()
        expect(owner.locator("#errors")).to_be_focused()
        looked_at(owner)
        owner.get_by_label("Text").fill("We have your wish for {when}.")
        owner.get_by_role("button", name="Preview").click()
        looked_at(owner, "notice-words")
        owner.get_by_role("button", name="Save it").click()
        owner.get_by_role("link", name="Other ways than mail").click()
        owner.get_by_role("button", name="Set it up").click()
        expect(owner.locator("#errors")).to_be_focused()
        looked_at(owner)
        owner.get_by_label("Name", exact=True).fill("Team room")
        owner.get_by_label("Address of the service").fill(f"json://127.0.0.1:{room.port}/room")
        owner.get_by_label("A new request").check()
        owner.get_by_role("button", name="Set it up").click()
        owner.get_by_role("button", name="Send a trial").click()
        expect(owner.get_by_role("status")).to_have_text("The service took the trial.")
        looked_at(owner, "channels")
        asked(client, world, "2026-11-19T10:30")
        assert [json.loads(each.body)["title"] for each in room.requests] == ["Freehold", "A new request"]
    assert "We have your wish for Thursday" in world.text("created", GRACE)
    with cast.staff() as ada:
        ada.get_by_role("button", name="Decline Grace Hopper").click()
        told(ada, "Declined: Grace Hopper")
    world.later()
    assert world.mails(GRACE) == ["created"]
    assert world.ours() == {}


@story("google", "phone")
def test_a_privilege_is_stepped_down_and_the_page_asks_that_client_to_call(cast: Cast) -> None:
    client, world = cast.client, cast.world
    with cast.staff(path="/provider/clients") as ada:
        ada.get_by_label("Privilege of Grace Hopper").select_option(label="call us")
        ada.get_by_role("button", name="Look at the change Grace Hopper").click()
        expect(ada.get_by_text("Individual session: opens 0")).to_be_visible()
        looked_at(ada, "privilege")
        ada.get_by_role("button", name="Save it").click()
        ada.get_by_role("link", name="Grace Hopper").click()
        ada.get_by_role("button", name="Invitation").click()
        link = ada.locator("code").inner_text()
    client.goto(link)
    client.get_by_role("link", name="Ada Byron").click()
    expect(client.get_by_role("link", name="Call +1 555 0100")).to_be_visible()
    looked_at(client, "call-us")
    straight_to_details(client, world, "2026-11-19T10:30")
    fill_in(client, "Ann Lee", "ann@example.com")
    send(client)
    headed(client, "Sent. Ada Byron has your request")
