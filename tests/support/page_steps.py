"""What clients and providers do on the pages, in the words that stand there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import signed_in, watched_page
from tests.support.story_world import StoryWorld

THURSDAY, WEDNESDAY = "2026-11-19", "2026-11-18"
_IN_NEW_YORK = {"timezone_id": "America/New_York"}


@dataclass
class Cast:
    """A world, a client's browser and further ones for whoever comes in, all of one size."""

    world: StoryWorld
    browser: Browser
    screen: str
    client: Page

    @contextmanager
    def another(self, **options: object) -> Iterator[Page]:
        """A browser of somebody else."""
        with watched_page(self.browser, self.screen, **_IN_NEW_YORK, **options) as page:
            yield page

    @contextmanager
    def staff(self, email: str = "ada@example.com", path: str = "/provider") -> Iterator[Page]:
        """Somebody of the practice who has just signed in."""
        with self.another() as page:
            signed_in(page, self.world.login_link(email))
            page.goto(self.world.url + path)
            yield page


@contextmanager
def cast_of(world: StoryWorld, browser: Browser, screen: str) -> Iterator[Cast]:
    with watched_page(browser, screen, **_IN_NEW_YORK) as client:
        yield Cast(world, browser, screen, client)


def headed(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def told(page: Page, text: str) -> None:
    """What was done stands at the head of the page."""
    expect(page.get_by_role("status")).to_contain_text(text)


def to_times(page: Page, world: StoryWorld, service: str = "Individual session") -> None:
    """From the practice's page, by its links."""
    page.goto(f"{world.url}/book/elm-street")
    page.get_by_role("link", name="Ada Byron").click()
    page.get_by_role("link", name=service).click()


def to_details(
    page: Page, world: StoryWorld, day: str, clock: str, service: str = "Individual session"
) -> None:
    """``day`` as ``Thursday 19 November``, ``clock`` as ``10:30 am``."""
    to_times(page, world, service)
    page.get_by_role("link", name=f"{day}, ").first.click()
    page.get_by_role("link", name=f"{day}, {clock} to ").click()
    page.wait_for_url("**/details?**")


def straight_to_details(
    page: Page, world: StoryWorld, start: str, service: str = "90834", **more: str
) -> None:
    """``start`` as ``2026-11-19T10:30``, in New York, by an address that a client may have kept."""
    query = urlencode({"service": service, "start": f"{start}:00-05:00", **more})
    page.goto(f"{world.url}/book/elm-street/ada/details?{query}")


def fill_in(page: Page, name: str = "Grace Hopper", email: str = "grace@example.com") -> None:
    page.wait_for_load_state()
    if page.get_by_label("In person").count():
        page.get_by_label("In person").check()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("A note for").fill("Zqxnote")


def send(page: Page) -> str:
    """The address of the client's own page."""
    page.get_by_role("button", name="Send request").click()
    page.wait_for_url("**/r/**")
    return page.url.partition("?")[0]


def asked(page: Page, world: StoryWorld, start: str, service: str = "90834", **person: str) -> str:
    """A request, and it stands in the calendar; the address of its page."""
    straight_to_details(page, world, start, service)
    fill_in(page, **person)
    address = send(page)
    world.work()
    return address


def accepted(cast: Cast, start: str, service: str = "90834", **person: str) -> str:
    """An appointment, and everybody knows; the address of the client's page."""
    address = asked(cast.client, cast.world, start, service, **person)
    with cast.staff() as ada:
        ada.get_by_role("button", name="Accept").first.click()
        told(ada, "Accepted: ")
    cast.world.later()
    return address
