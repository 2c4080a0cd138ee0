"""The booking pages inside a practice's own site: a client books on the site it names, and no other one shows them."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from booking.store.tables import request
from tests.support.browser import faults_of
from tests.support.page_world import PageWorld, page_world
from tests.support.radicale import RadicaleServer

pytestmark = pytest.mark.browser


class _Page(BaseHTTPRequestHandler):
    """A page of the practice's site with the one line in it."""

    line = ""

    def do_GET(self) -> None:
        body = f"<!doctype html><title>Elm Street</title><main>{self.line}</main>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    """Where the practice's site is: as localhost another site than the pages, which are at 127.0.0.1, so that the
    browser gives the frame none of their cookies; as 127.0.0.1 an origin that the practice does not name."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer, port: int) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale, more=f'embed_origins = ["http://localhost:{port}"]\n') as world:
        _Page.line = f'<script src="{world.url}/embed.js" data-practice="elm-street" async></script>'
        yield world


def test_a_client_books_inside_the_practices_site(page: Page, world: PageWorld, port: int) -> None:
    page.goto(f"http://localhost:{port}/")
    inside = page.frame_locator("iframe[title=Appointments]")
    inside.get_by_role("link", name="Ada Byron").click()
    inside.get_by_role("link", name="Individual session").click()
    inside.locator("#times .times a").first.click()
    inside.get_by_label("Your name").fill("Mary Jackson")
    inside.get_by_label("E-mail").fill("mary@example.com")
    inside.get_by_label("In person").check()
    inside.get_by_role("button", name="Send").click()
    expect(inside.get_by_role("heading", name="Sent. Ada Byron has your request")).to_be_visible()
    with world.runtime.database.read() as connection:
        assert connection.execute(select(request.c.client_name)).scalar_one() == "Mary Jackson"
    # The frame is as high as its page, so nothing in it has to be scrolled.
    page.frames[1].wait_for_function("document.documentElement.scrollHeight - window.innerHeight <= 1")
    assert page.context.cookies(world.url) == []


@pytest.mark.long
def test_another_site_shows_nothing(page: Page, world: PageWorld, port: int) -> None:
    faults_of(page).allow("frame-ancestors")
    faults_of(page).allow("chrome-error://")
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"http://127.0.0.1:{port}/")
    expect(page.locator("iframe")).to_be_visible()
    expect(page.frame_locator("iframe").get_by_role("link", name="Ada Byron")).to_have_count(0)
