"""REPORTs: tokens that page, lose, lie or are refused, searches that lag, members that hide."""

from __future__ import annotations

import re
from datetime import date
from itertools import count
from urllib.parse import unquote

from lxml import etree

from tests.support.quirks.profiles import Quirks, Sync
from tests.support.quirks.proxy import Upstream
from tests.support.quirks.wire import (
    CALDAV,
    DAV,
    Asked,
    Multistatus,
    Said,
    error,
    etag_of,
    href_of,
    multistatus,
    status_of,
)

_START = re.compile(rb"^DTSTART[^:\r\n]*:(\d{4})(\d\d)(\d\d)", re.MULTILINE)
_Told = frozenset[tuple[str, str]]


class Reports:
    """``unsearchable`` are paths that search does not find yet. ``today`` is the middle of the window."""

    def __init__(self, quirks: Quirks, upstream: Upstream) -> None:
        self.quirks = quirks
        self.today = date(2026, 6, 1)
        self.unsearchable: set[str] = set()
        self._upstream = upstream
        self._parts: dict[str, tuple[str, _Told]] = {}
        self._numbers = count(1)
        self._starts: dict[tuple[str, str], date | None] = {}
        self._missed: set[str] = set()

    def answer(self, asked: Asked) -> Said:
        if asked.report == "sync-collection":
            return self._sync(asked)
        if asked.report == "calendar-multiget":
            return self._multiget(asked)
        return self._query(asked)

    def keep_to_the_window(self, asked: Asked, answer: Multistatus) -> None:
        if self.quirks.window_days is not None:
            answer.keep(lambda response: self._is_near(asked, response))

    def _is_near(self, asked: Asked, response: etree._Element) -> bool:
        path, etag = href_of(response), etag_of(response)
        if not path.endswith(".ics") or status_of(response) is not None:
            return True
        if (path, etag) not in self._starts:
            text = self._upstream.ask(asked.like("GET", path)).body
            # A series counts as near: it may come round again.
            found = None if b"RRULE" in text else _START.search(text)
            self._starts[path, etag] = date(*map(int, found.groups())) if found else None
        start = self._starts[path, etag]
        return start is None or abs((start - self.today).days) <= (self.quirks.window_days or 0)

    def _sync(self, asked: Asked) -> Said:
        quirks = self.quirks
        if quirks.sync is not Sync.HONEST:
            return error(quirks.sync_error)
        root = asked.xml()
        assert root is not None
        element = root.find(f"{DAV}sync-token")
        token = (element.text or "") if element is not None else ""
        base, told = self._parts.get(token, (token, frozenset()))
        said = self._upstream.ask(_with_token(asked, base))
        if said.names_condition == "valid-sync-token":
            return self._unknown(asked)
        if said.status != 207:
            return said
        answer = Multistatus(said)
        self.keep_to_the_window(asked, answer)
        answer.keep(lambda response: _mark(response) not in told)
        if quirks.hides_deletions:
            answer.keep(lambda response: status_of(response) != 404)
        if quirks.stumbles_over_deletions and any(status_of(one) == 404 for one in answer.responses):
            return error(418)
        self._cut(answer, asked.target, base, told)
        if quirks.lists_itself:
            answer.add(asked.target, etag='"itself"')
        return answer.said()

    def _unknown(self, asked: Asked) -> Said:
        status, named = self.quirks.unknown_token
        if status != 207:
            return error(status, "valid-sync-token" if named else "")
        newest = Multistatus(self._upstream.ask(_with_token(asked, ""))).token
        return multistatus(token=newest)

    def _cut(self, answer: Multistatus, target: str, base: str, told: _Told) -> None:
        most = self.quirks.page or self.quirks.lossy
        kept = answer.responses[:most]
        if most is None or len(kept) == len(answer.responses):
            return
        marks = {_mark(response) for response in kept}
        answer.keep(lambda response: _mark(response) in marks)
        if self.quirks.page:
            answer.add(target, status=507)
            answer.token = f"part-{next(self._numbers)}"
            self._parts[answer.token] = (base, told | marks)

    def _multiget(self, asked: Asked) -> Said:
        said = self._upstream.ask(asked)
        if said.status != 207:
            return said
        answer = Multistatus(said)
        if self.quirks.lists_itself:
            answer.add(asked.target, etag='"itself"')
        missed = self.quirks.multiget_misses
        hidden = next(
            (one for one in answer.responses if etag_of(one) not in self._missed | {"", '"itself"'}), None
        )
        if missed and hidden is not None:
            self._missed.add(etag_of(hidden))
            answer.root.remove(hidden)
            answer.add(href_of(hidden), status=missed)
        return answer.said()

    def _query(self, asked: Asked) -> Said:
        root = asked.xml()
        filters = [] if root is None else [one.get("name") for one in root.iter(f"{CALDAV}comp-filter")]
        if self.quirks.demands_vevent and "VEVENT" not in filters:
            return error(400)
        said = self._upstream.ask(asked)
        if said.status != 207:
            return said
        answer = Multistatus(said)
        self.keep_to_the_window(asked, answer)
        if self.quirks.search_lags:
            answer.keep(lambda response: unquote(href_of(response)) not in self.unsearchable)
        return answer.said()


def _mark(response: etree._Element) -> tuple[str, str]:
    return href_of(response), etag_of(response) or str(status_of(response))


def _with_token(asked: Asked, token: str) -> Asked:
    root = asked.xml()
    assert root is not None
    element = root.find(f"{DAV}sync-token")
    if element is not None:
        element.text = token
    return Asked(asked.method, asked.target, dict(asked.headers), etree.tostring(root))
