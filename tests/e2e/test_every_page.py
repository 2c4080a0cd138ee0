"""Every page that the program has, visited in a practice that has some of everything and in one that has nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from service.app import create_app
from tests.support.browser import signed_in, watched_page
from tests.support.full_practice import Visit, filled_practice, visits
from tests.support.her_calendar import DavCalendar
from tests.support.looking import faults, picture
from tests.support.radicale import RadicaleServer
from tests.support.story_world import StoryWorld, story_world

pytestmark = pytest.mark.browser

NO_PAGES = {
    "booking.accent_css": "a style sheet",
    "client.calendar_file": "a calendar file",
    "embedding.script": "a script for a practice's own site",
    "health.healthz": "for machines",
    "health.readyz": "for machines",
    "metrics.metrics": "for machines",
}
IN_DARK = ("practice", "times", "details", "sent", "inbox")
"""Of these there are pictures in dark colours, too."""
LIGHT, DARK = (("phone", "light"), ("desk", "light")), (("phone", "dark"), ("desk", "dark"))


@pytest.fixture
def world(tmp_path: Path, upgraded_file: Path, radicale: RadicaleServer) -> Iterator[StoryWorld]:
    with story_world(tmp_path, DavCalendar(radicale, tmp_path), upgraded_file) as world:
        filled_practice(world)
        yield world


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "looks", [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark", marks=pytest.mark.long)]
)
def test_every_page_is_free_of_faults(
    browser: Browser, world: StoryWorld, looks: tuple[tuple[str, str], ...]
) -> None:
    app = create_app(world.runtime)
    tour = visits(world)
    missing = not_visited(app, [visit.path for visit in tour])
    wrong = []
    for who in sorted({visit.who for visit in tour}):
        with watched_page(browser, "phone", timezone_id="America/New_York") as page:
            if who:
                signed_in(page, world.login_link(who))
            for visit in tour:
                if visit.who == who:
                    wrong += seen(page, world, visit, looks)
    assert missing == set()
    assert wrong == []


def seen(page: Page, world: StoryWorld, visit: Visit, looks: tuple[tuple[str, str], ...]) -> list[str]:
    answer = page.goto(world.url + visit.path)
    status = answer.status if answer else 0
    told = [*([] if status == visit.status else [f"answered {status}"]), *faults(page, looks)]
    if looks == LIGHT:
        picture(page, visit.picture, dark=visit.picture in IN_DARK)
    return [f"{visit.path} ({visit.who or 'a visitor'}): {each}" for each in told]


def not_visited(app: Flask, paths: list[str]) -> set[str]:
    """Endpoints of pages that none of these addresses leads to."""
    found = app.url_map.bind("localhost")
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith("api.")
    }
    return pages - set(NO_PAGES) - {found.match(path.partition("?")[0])[0] for path in paths}
