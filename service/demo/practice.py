"""The sample practice in the program's database: made at the first start, and people's own from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from service.demo.calendar_server import HOST, USUAL_PORT, CalendarServer
from service.practice_file.apply import apply
from service.practice_file.names import Known
from service.practice_file.read import read_practice_file
from service.practice_file.render import render_practice
from service.practice_file.stored import load_stored
from service.runtime import Runtime

SLUG: Final = "elm-street"
PROVIDER: Final = "ada"
SERVICE: Final = "90834"
_FILE: Final = Path(__file__).with_name("practice.toml")


def make_practice(runtime: Runtime, server: CalendarServer, *, last_port: int | None) -> None:
    """Applies the sample file if there is no such practice yet; else only follows the server to another port."""
    with runtime.database.read() as connection:
        stored = load_stored(connection, SLUG)
    if stored is None:
        text, port = _FILE.read_text(encoding="utf-8"), USUAL_PORT
    elif last_port is not None and last_port != server.port:
        text, port = render_practice(stored.practice), last_port
    else:
        return
    known = Known() if stored is None else stored.known
    file = read_practice_file(
        text.replace(_origin(port), _origin(server.port)),
        name=_FILE.name,
        environ={"ADA_CALDAV_PASSWORD": server.password, "GRACE_CALDAV_PASSWORD": server.password},
        base_dir=None,
        allow_private_hosts=True,
        recall=lambda _slug: known,
    )
    apply(runtime.database, runtime.sealer, file, now=runtime.now())


def _origin(port: int) -> str:
    return f"http://{HOST}:{port}/"
