"""Many deletions at once are held, shown, and answered on the dashboard, at a real calendar server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from booking.event_forms import EventForm
from booking.roles import Actor, Role
from booking.store.tables import provider
from tests.support.browser import signed_in
from tests.support.page_world import PageWorld, page_world
from tests.support.radicale import RadicaleServer

pytestmark = pytest.mark.browser

NINE = datetime(2026, 11, 19, 14, tzinfo=UTC)
COUNT = 4


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale) as world:
        yield world


def ada(world: PageWorld) -> Actor:
    with world.runtime.database.read() as connection:
        row = connection.execute(select(provider).where(provider.c.slug == "ada")).one()
    return Actor(Role.PROVIDER, row.practice_id, "user:ada", row.id)


def write_own(world: PageWorld) -> None:
    for number in range(COUNT):
        start = NINE + number * timedelta(days=7)
        form = EventForm(title=f"Own {number}", start=start, end=start + timedelta(hours=1))
        world.runtime.desk.make_event(ada(world), "ada", form, now=world.clock())
    world.work()


def own(world: PageWorld) -> list[str]:
    client = world.client
    return [href for href in client.list_hrefs() if "SUMMARY:Own " in client.get_event(href)]


def lose_own(world: PageWorld) -> None:
    """All of them disappear from the calendar, and that is read."""
    for href in own(world):
        world.client.delete_event(href)
    world.clock.advance(minutes=10)
    world.work()


def listed(world: PageWorld) -> int:
    return len(world.runtime.desk.events(ada(world), "ada", now=world.clock()).items)


def to_dashboard(page: Page, world: PageWorld) -> None:
    signed_in(page, world.login_link("ops@example.com"))
    page.goto(f"{world.url}/ops")


def test_restored_they_are_written_again_and_confirmed_they_are_gone(page: Page, world: PageWorld) -> None:
    write_own(world)
    assert len(own(world)) == COUNT
    lose_own(world)
    assert (len(own(world)), listed(world)) == (0, COUNT)
    to_dashboard(page, world)
    expect(page.get_by_text(f"{COUNT} deletions are held until you say")).to_be_visible()
    page.get_by_role("button", name="They were not meant: restore").click()
    page.wait_for_load_state()
    expect(page.get_by_text("deletions are held until you say")).to_have_count(0)
    world.work()
    assert (len(own(world)), listed(world)) == (COUNT, COUNT)
    lose_own(world)
    page.reload()
    page.get_by_role("button", name="They were meant: delete").click()
    page.wait_for_load_state()
    expect(page.get_by_text("deletions are held until you say")).to_have_count(0)
    world.work()
    assert (len(own(world)), listed(world)) == (0, 0)
