"""``freehold demo``: the whole program, a sample practice, and a CalDAV server with its providers' calendars."""

from __future__ import annotations

import os
import threading
import time
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from service.cli.failure import CommandFailed
from service.cli.opening import assembled, settings_of_part
from service.cli.output import say, tell
from service.cli.running import PARTS, prepare
from service.demo.calendar_server import CalendarServer, calendar_server, is_installed, last_port
from service.demo.filling import fill
from service.demo.greeting import Greeting, greeting
from service.demo.practice import make_practice
from service.demo.sample import ZONE
from service.kept_secrets import private_folder
from service.process_child import ProcessChild
from service.processes import part, run_tree, sole_use
from service.runtime import Runtime
from service.settings import KEPT, Settings, load_settings
from sync.http import AddressPolicy, GuardedSession, OutboundError

_WEB_SECONDS: Final = 60.0
_END_SECONDS: Final = 10.0


def demo() -> None:
    if not is_installed():
        raise CommandFailed(
            "freehold demo needs Radicale for its sample calendars; install it with: pip install 'freehold[demo]'"
        )
    settings = _settings()
    server, greeted = _prepared(settings)
    run_tree(
        settings,
        parts=[part(role) for role in PARTS],
        extra=[server.child],
        started=lambda: _greet_later(settings, greeted),
    )


def _settings() -> Settings:
    """The sample calendars lie on this machine: every part and every later command on these data may read them."""
    os.environ["FREEHOLD_ALLOW_PRIVATE_HOSTS"] = "1"
    found = load_settings()
    private_folder(found.data_dir)
    (found.data_dir / KEPT).write_text("FREEHOLD_ALLOW_PRIVATE_HOSTS=1\n", encoding="ascii")
    if found.log_level == "info":
        os.environ["FREEHOLD_LOG_LEVEL"] = "warning"
    return settings_of_part()


def _prepared(settings: Settings) -> tuple[CalendarServer, Greeting]:
    """The data of the demonstration, made or found. What the last start told is taken back."""
    with sole_use(settings):
        prepare(settings)
        server = calendar_server(settings.data_dir)
        port_before = last_port(server.folder)
        with assembled(settings) as runtime:
            _fill(server, runtime)
            make_practice(runtime, server, last_port=port_before)
            server.remember_port()
            greeted = greeting(runtime, server, _document(settings))
        _document(settings).unlink(missing_ok=True)
    return server, greeted


def _fill(server: CalendarServer, runtime: Runtime) -> None:
    """The server runs for this moment alone; later it is one of the tree's parts."""
    if server.filled.exists():
        return
    child = ProcessChild(server.child)
    child.start()
    try:
        server.wait()
        fill(server, _today(runtime))
    finally:
        child.terminate()
        deadline = time.monotonic() + _END_SECONDS
        while child.pid is not None and child.ended() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        child.kill()


def _today(runtime: Runtime) -> date:
    return runtime.now().astimezone(ZoneInfo(ZONE)).date()


def _greet_later(settings: Settings, greeted: Greeting) -> None:
    threading.Thread(target=_greet, args=(settings, greeted), name="greeting", daemon=True).start()


def _greet(settings: Settings, greeted: Greeting) -> None:
    """Tells the addresses as soon as they answer."""
    deadline = time.monotonic() + _WEB_SECONDS
    while not _answers(settings):
        if time.monotonic() > deadline:
            tell(f"the web server does not answer at {settings.local_url}")
            return
        time.sleep(0.1)
    greeted.write(_document(settings))
    say(*greeted.lines())


def _document(settings: Settings) -> Path:
    """The addresses for programs; there once they answer."""
    return settings.data_dir / "demo.json"


def _answers(settings: Settings) -> bool:
    with GuardedSession(settings.local_url, policy=AddressPolicy(allow_private=True)) as session:
        try:
            return bool(session.request("GET", f"{settings.local_url}/healthz", timeout=5).ok)
        except OutboundError:
            return False
