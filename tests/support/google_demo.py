"""``python -m tests.support.google_demo``: the service with a sample practice and a Google in small for calendars.

All lies in FREEHOLD_DATA_DIR (default data/google); the second start finds it again. Ctrl-C ends it all.
"""

from __future__ import annotations

import itertools
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.support.google_account import ADA, timed
from tests.support.google_practice import practice_text
from tests.support.google_server import GoogleServer
from tests.support.google_server.book import Book
from tests.support.process import free_port, listening, wait_until

_COMMAND = (sys.executable, "-m", "service.cli")


def main() -> None:
    folder = Path(os.environ.get("FREEHOLD_DATA_DIR", "data/google")).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = int(os.environ.get("FREEHOLD_PORT", "8000"))
    google = GoogleServer(_kept_port(folder))
    _fill(google, folder / "google.state")
    environ = _environ(google, folder, port)
    if not (folder / "freehold.db").exists():
        _run(environ, "apply", "-", stdin=practice_text(""))
    up = subprocess.Popen([*_COMMAND, "up"], env=environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        # The terminal's Ctrl-C reaches the whole group; the service ends first, then what it leans on.
        signal.signal(number, lambda *_: up.send_signal(signal.SIGTERM))
    threading.Thread(target=_greet, args=(google, environ, port, up), daemon=True).start()
    code = up.wait()
    _keep(google, folder / "google.state")
    google.stop()
    sys.exit(code)


def _kept_port(folder: Path) -> int:
    """Where the stored accounts' addresses say."""
    kept = folder / "google.port"
    if not kept.exists():
        kept.write_text(str(free_port()))
    return int(kept.read_text())


def _environ(google: GoogleServer, folder: Path, port: int) -> Mapping[str, str]:
    secrets = folder / "client_secrets.json"
    secrets.write_text(json.dumps(google.client_secrets(f"http://127.0.0.1:{port}/connect/google/callback")))
    return {
        "FREEHOLD_LOG_LEVEL": "warning",
        **os.environ,
        "FREEHOLD_DATA_DIR": str(folder),
        "FREEHOLD_PORT": str(port),
        "FREEHOLD_BASE_URL": f"http://127.0.0.1:{port}",
        "FREEHOLD_GOOGLE_API_ENDPOINT": google.url,
        "FREEHOLD_GOOGLE_CLIENT_SECRETS": str(secrets),
    }


def _run(environ: Mapping[str, str], *words: str, stdin: str = "") -> str:
    done = subprocess.run(
        [*_COMMAND, *words], env=environ, input=stdin, text=True, check=True, stdout=subprocess.PIPE
    )
    return done.stdout.strip()


def _greet(google: GoogleServer, environ: Mapping[str, str], port: int, up: subprocess.Popen[bytes]) -> None:
    wait_until(lambda: listening(port) or up.poll() is not None, timeout_seconds=240, what="the pages")
    if up.poll() is not None:
        return
    base = environ["FREEHOLD_BASE_URL"]
    told = [
        "Freehold runs with a Google in small. Ctrl-C stops it; the next start finds its data again.",
        "",
        f"  Connect first   {base}/provider/calendars",
        f"                  sign in once as {ADA}: {_run(environ, 'login-link', ADA)}",
        f"  Booking page    {base}/book/elm-street",
        f"  Dashboard       {base}/ops",
        f"                  sign in once as ops@example.com: {_run(environ, 'login-link', 'ops@example.com')}",
        f"  Ada's calendar  {google.url}/calendar",
        "",
    ]
    print("\n".join(told), flush=True)


def _fill(google: GoogleServer, state: Path) -> None:
    if state.exists():
        _restore(google, pickle.loads(state.read_bytes()))
        return
    google.add_person(ADA, name="Work")
    choir = google.add_calendar(ADA, "Choir")
    monday = date.today() - timedelta(days=date.today().weekday())
    for week, day, calendar_id, title in ((1, 1, ADA, "Team meeting"), (1, 2, choir, "Rehearsal")):
        on = monday + timedelta(weeks=week, days=day)
        google.put(calendar_id, timed(f"{on}T10:00:00", f"{on}T12:00:00", summary=title))


def _keep(google: GoogleServer, state: Path) -> None:
    books = {
        name: (book.zone, book.events, book.revision, book.forgotten)
        for name, book in google.accounts.books.items()
    }
    kept: dict[str, Any] = {
        "books": books,
        "names": google.accounts.names,
        "lists": google.accounts.lists,
        "tokens": google.oauth.refresh_tokens,
    }
    state.write_bytes(pickle.dumps(kept))
    state.chmod(0o600)


def _restore(google: GoogleServer, kept: Mapping[str, Any]) -> None:
    for name, (zone, events, revision, forgotten) in kept["books"].items():
        google.accounts.books[name] = Book(name, zone, google.now, events, revision, forgotten)
    google.accounts.names.update(kept["names"])
    google.accounts.lists.update(kept["lists"])
    google.oauth.refresh_tokens.update(kept["tokens"])
    google.oauth._count = itertools.count(1_000 * (1 + len(kept["tokens"])))


if __name__ == "__main__":
    main()
