"""Who appears in the stories."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.google_server import GoogleServer
from tests.support.her_calendar import DavCalendar, GoogleCalendar, HerCalendar
from tests.support.page_steps import Cast, cast_of
from tests.support.story_world import story_world


@pytest.fixture
def cast(
    request: pytest.FixtureRequest, browser: Browser, tmp_path: Path, upgraded_file: Path
) -> Iterator[Cast]:
    """A practice at a backend, and a client's browser of a size: ``request.param`` names both."""
    backend, screen = request.param
    with ExitStack() as stack:
        calendar: HerCalendar
        if backend == "google":
            calendar = GoogleCalendar(stack.enter_context(GoogleServer()), tmp_path)
        else:
            calendar = DavCalendar(request.getfixturevalue("radicale"), tmp_path)
        world = stack.enter_context(story_world(tmp_path, calendar, upgraded_file))
        yield stack.enter_context(cast_of(world, browser, screen))
