"""The same random histories where a real server answers: CalDAV servers, hosted ones in small, and a Google."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from sync import pacing
from tests.support.engine_machine import machine
from tests.support.far_places import DavPlace, GooglePlace, QuirkPlace
from tests.support.far_server import Place
from tests.support.google_server import GoogleServer
from tests.support.machine_runs import run
from tests.support.model_report import RUNS
from tests.support.quirks.profiles import PROFILES
from tests.support.quirks.server import QuirkServer
from tests.support.radicale import RadicaleServer
from tests.support.remotes import CalDavRemote

# Each request goes over a socket, so that a history takes ten times as long as in memory.
QUICK_RUNS = 2
SHARE = 25
PROFILE_SHARE = 100
QUICK_PROFILES = ("icloud", "ox")
PLAYED = [pytest.param(name, marks=() if name in QUICK_PROFILES else pytest.mark.long) for name in PROFILES]


@pytest.fixture
def kept() -> Iterator[ExitStack]:
    """What the world of the present history needs; it is closed when the next one begins."""
    with ExitStack() as stack:
        yield stack


def fresh(kept: ExitStack, build: Callable[[ExitStack], Place]) -> staticmethod[[], Place]:
    def place() -> Place:
        kept.close()
        return build(kept)

    return staticmethod(place)


@pytest.fixture
def unhealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The daily whole listing never comes, which could hide what was missed."""
    monkeypatch.setattr(pacing, "FULL_EVERY", pacing.FULL_EVERY * 10_000)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("unhealed")
def test_no_history_at_google_breaks_an_invariant(kept: ExitStack) -> None:
    place = fresh(kept, lambda stack: GooglePlace(stack.enter_context(GoogleServer())))
    run(machine(place=place), "Google server", RUNS // SHARE or QUICK_RUNS)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("unhealed")
@pytest.mark.parametrize("name", ["radicale", "xandikos"])
def test_no_history_at_a_caldav_server_breaks_an_invariant(
    name: str, request: pytest.FixtureRequest, kept: ExitStack
) -> None:
    server = request.getfixturevalue(name)
    place = fresh(kept, lambda _stack: DavPlace(CalDavRemote(server)))
    run(machine(place=place), name.capitalize(), RUNS // SHARE or QUICK_RUNS)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("profile", PLAYED)
def test_no_history_at_a_hosted_server_in_small_breaks_an_invariant(
    profile: str, radicale: RadicaleServer, kept: ExitStack
) -> None:
    def build(stack: ExitStack) -> Place:
        return QuirkPlace(stack.enter_context(QuirkServer(profile, radicale)))

    made = machine(place=fresh(kept, build), healing=True)
    run(made, f"{profile} in small", RUNS // PROFILE_SHARE or QUICK_RUNS)
