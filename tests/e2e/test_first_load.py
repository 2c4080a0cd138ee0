"""The booking page is light: what a browser that was never here before receives, byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import watched_page
from tests.support.page_world import PageWorld, page_world
from tests.support.radicale import RadicaleServer

pytestmark = pytest.mark.browser

MOST_BYTES = 60_000


@pytest.fixture
def world(tmp_path: Path, radicale: RadicaleServer) -> Iterator[PageWorld]:
    with page_world(tmp_path, radicale) as world:
        yield world


def received(browser: Browser, address: str) -> dict[str, int]:
    """Bytes of head and body of everything that comes with a page, for a visitor with an empty cache."""
    with watched_page(browser, "phone", timezone_id="America/New_York") as page:
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        names: dict[str, str] = {}
        sizes: dict[str, int] = {}
        wire.on(
            "Network.responseReceived",
            lambda told: names.update({told["requestId"]: told["response"]["url"]}),
        )
        wire.on(
            "Network.loadingFinished",
            lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])}),
        )
        page.goto(address, wait_until="networkidle")
        return {names[key]: size for key, size in sizes.items()}


def test_each_page_up_to_the_times_weighs_less_than_60_kilobytes(browser: Browser, world: PageWorld) -> None:
    for step in ("", "/ada", "/ada/times?service=90834"):
        sizes = received(browser, f"{world.url}/book/elm-street{step}")
        assert any(".css" in name for name in sizes), "what comes with the page is counted, too"
        assert sum(sizes.values()) < MOST_BYTES, sizes
