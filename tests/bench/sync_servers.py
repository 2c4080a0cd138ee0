"""Radicale and Xandikos with a filled calendar. It is filled beside the protocol: one PUT per event takes minutes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dulwich import porcelain

from tests.support.caldav_server import Calendar
from tests.support.dav_client import DavClient
from tests.support.radicale import RadicaleServer
from tests.support.xandikos import XandikosServer

_AUTHOR = b"bench <bench@example.com>"
Server = RadicaleServer | XandikosServer
SERVERS: Mapping[str, type[RadicaleServer] | type[XandikosServer]] = {
    "Radicale": RadicaleServer,
    "Xandikos": XandikosServer,
}


def filled(server: Server, folder: Path, texts: Mapping[str, str]) -> Calendar:
    """A new calendar with these objects, read once so that the server has built what it keeps beside them."""
    account = server.fresh_account()
    calendar = server.make_calendar(account, "bench", displayname="Bench")
    path = calendar.url.removeprefix(server.url).strip("/")
    place = next(
        place for place in folder.rglob(Path(path).name) if place.is_dir() and str(place).endswith(path)
    )
    for name, text in texts.items():
        (place / name).write_bytes(text.encode())
    if isinstance(server, XandikosServer):
        porcelain.add(place, [place / name for name in texts])
        porcelain.commit(place, message=b"Filled", author=_AUTHOR, committer=_AUTHOR)
    # Radicale reads every object anew for the first answer.
    client = DavClient(calendar.url, calendar.username, calendar.password, timeout_seconds=900)
    answer = client.sync_collection()
    assert len(answer.resources()) >= len(texts)
    return calendar
