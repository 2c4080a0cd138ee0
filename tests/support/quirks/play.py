"""One server's way of answering: what its switches do to each request before and after the real server has it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from urllib.parse import quote, unquote

from lxml import etree

from tests.support.quirks import rewriting
from tests.support.quirks.profiles import Names, Quirks, Sync, Tags
from tests.support.quirks.proxy import CutOff, Upstream, Weather
from tests.support.quirks.reports import Reports
from tests.support.quirks.wire import (
    CALENDARSERVER,
    DAV,
    Asked,
    Multistatus,
    Said,
    error,
    etag_of,
    href_of,
    multistatus,
)

Plant = Callable[[str, bytes], None]
"""Puts a text at a path of the store behind the server's back."""


class Play:
    """Answers as the server of ``quirks`` would.

    Each item of ``weather`` befalls one request: the next, or the next of the method it names.
    """

    def __init__(self, quirks: Quirks, upstream: Upstream, plant: Plant) -> None:
        self.quirks = quirks
        self.weather: list[tuple[str, Weather]] = []
        self.requests: list[str] = []
        self.slow_seconds = 2.5
        self.spells_at = False
        self.partition_url: Callable[[str], str | None] = lambda host: None
        self.reports = Reports(quirks, upstream)
        self._upstream = upstream
        self._plant = plant
        self._lock = threading.RLock()
        self._homes: dict[str, str] = {}
        self._trash: set[tuple[str, str]] = set()
        self._count = 0

    def answer(self, asked: Asked) -> Said:
        """Raises ``CutOff``."""
        with self._lock:
            self.requests.append(asked.method)
            befalls = self._weather_for(asked.method)
            self._count += 1
            if self.quirks.patience and self._count % self.quirks.patience == 0:
                return Said(429, {"retry-after": "1"})
            if befalls is None or befalls is Weather.CLEAR:
                return self._played(asked)
            return self._under(befalls, asked)

    def _weather_for(self, method: str) -> Weather | None:
        place = next((at for at, (wanted, _) in enumerate(self.weather) if wanted in ("", method)), None)
        return None if place is None else self.weather.pop(place)[1]

    def _under(self, weather: Weather, asked: Asked) -> Said:
        plain = {
            Weather.LOGIN_PAGE: Said(200, {"content-type": "text/html"}, b"<html>Please sign in</html>"),
            Weather.UNAUTHORIZED: Said(401, {"www-authenticate": 'Basic realm="x"'}),
            Weather.BROKEN: Said(500),
            Weather.BUSY: Said(503, {"retry-after": "1"}),
        }
        if weather in plain:
            return plain[weather]
        if weather is Weather.CUT_BEFORE:
            raise CutOff
        said = self._played(asked)
        if weather is Weather.CUT_AFTER:
            raise CutOff
        if weather is Weather.SLOW:
            time.sleep(self.slow_seconds)
            return said
        if weather is Weather.HALF:
            said.headers["x-promised-length"] = str(len(said.body) or 1)
        said.body = said.body[: len(said.body) // 2]
        return said

    def _played(self, asked: Asked) -> Said:
        elsewhere = self._at_the_wrong_host(asked)
        if elsewhere is not None:
            return elsewhere
        if self.quirks.shouts and asked.method in ("GET", "PUT", "DELETE"):
            asked.target = self._in_its_case(asked)
        if asked.method == "PUT":
            said = self._put(asked)
        elif asked.method == "DELETE":
            said = self._delete(asked)
        elif asked.method == "REPORT":
            said = self.reports.answer(asked)
        else:
            said = self._upstream.ask(asked)
        return self._dressed(asked, said)

    def _at_the_wrong_host(self, asked: Asked) -> Said | None:
        """Apart from its root, a partitioned server answers at the partition alone."""
        if not self.quirks.partition or self.partition_url(asked.headers.get("host", "")) is None:
            return None
        if asked.target in ("/", "/.well-known/caldav") or asked.method == "MKCALENDAR":
            return None
        return error(403)

    def _in_its_case(self, asked: Asked) -> str:
        folder = asked.target.rpartition("/")[0]
        listed = self._upstream.ask(asked.like("PROPFIND", f"{folder}/", depth="1"))
        if listed.status != 207:
            return asked.target
        for response in Multistatus(listed).responses:
            path = href_of(response)
            if unquote(path).lower() == unquote(asked.target).lower():
                return path
        return asked.target

    def _put(self, asked: Asked) -> Said:
        quirks = self.quirks
        said = self._refusal(asked)
        if said is not None:
            return said
        conditional = "if-match" in asked.headers
        before = self._upstream.ask(asked.like("GET", asked.target))
        there = before.status == 200
        # The bin is the calendar's own: a change of what is there is never refused.
        if not there and (_folder(asked.target), rewriting.uid_in(asked.body)) in self._trash:
            return error(400, text="Calendar object with uid already exists in this calendar collection.")
        if quirks.if_match_demanded and there and not conditional:
            return error(409)
        if quirks.ignores_if_none_match:
            asked.headers.pop("if-none-match", None)
        if not there and not conditional and quirks.names is not Names.KEPT:
            folder = asked.target.rpartition("/")[0]
            asked.target = f"{folder}/{uuid.uuid5(uuid.NAMESPACE_URL, rewriting.uid_in(asked.body))}.ics"
        if quirks.rewrites:
            asked.body = rewriting.rewritten(asked.body)
        if quirks.replaces_uid:
            kept = (
                rewriting.uid_in(before.body)
                if there
                else f"040000008200E00074C5B7101A82E008-{uuid.uuid4().hex}"
            )
            asked.body = rewriting.with_uid(asked.body, kept)
        said = self._upstream.ask(asked)
        if said.names_condition == "no-uid-conflict":
            said = self._uid_taken(asked)
        if 200 <= said.status < 300:
            self._homes[rewriting.uid_in(asked.body)] = _folder(asked.target)
            self.reports.unsearchable.add(unquote(asked.target))
            said = self._written(asked, said, there=there)
        return said

    def _refusal(self, asked: Asked) -> Said | None:
        quirks, uid = self.quirks, rewriting.uid_in(asked.body)
        if quirks.demands_end and not rewriting.has_end(asked.body):
            return error(quirks.demands_end)
        if quirks.one_uid_an_account and self._homes.get(uid, _folder(asked.target)) != _folder(asked.target):
            return error(*quirks.uid_conflict)
        return None

    def _uid_taken(self, asked: Asked) -> Said:
        if not self.quirks.takes_any_uid:
            status, condition = self.quirks.uid_conflict
            return error(
                status, condition, text="Calendar object with uid already exists in this calendar collection."
            )
        self._plant(unquote(asked.target), asked.body)
        return Said(201)

    def _written(self, asked: Asked, said: Said, *, there: bool) -> Said:
        etag = said.headers.pop("etag", "")
        if self.quirks.put_tags is Tags.WEAK and etag:
            said.headers["etag"] = f"W/{etag}"
        elif self.quirks.put_tags is Tags.STRONG and etag:
            said.headers["etag"] = etag.strip('"') if self.quirks.bare_etags else etag
        if self.quirks.names is Names.LOCATION and not there:
            said.headers["location"] = asked.target
        if self.quirks.put_status == 207:
            return multistatus(asked.target, status=said.status)
        return said

    def _delete(self, asked: Asked) -> Said:
        before = self._upstream.ask(asked.like("GET", asked.target))
        said = self._upstream.ask(asked)
        if 200 <= said.status < 300:
            uid = rewriting.uid_in(before.body) if before.status == 200 else ""
            self._homes.pop(uid, None)
            if self.quirks.remembers_uids:
                self._trash.add((_folder(asked.target), uid))
            return Said(self.quirks.delete_status)
        return said

    def _dressed(self, asked: Asked, said: Said) -> Said:
        """Spellings, and properties that this server has not."""
        if self.quirks.bare_etags and "etag" in said.headers:
            said.headers["etag"] = said.headers["etag"].strip('"')
        if said.status != 207 or not said.body:
            return said
        answer = Multistatus(said)
        if asked.method == "PROPFIND":
            self._trim(asked, answer)
        for element in answer.root.iter(f"{DAV}getetag"):
            if self.quirks.bare_etags and element.text:
                element.text = element.text.strip('"')
        for href in answer.hrefs():
            href.text = self._spelt(href.text or "", asked.method)
        self._point_to_the_partition(asked, answer)
        return answer.said()

    def _trim(self, asked: Asked, answer: Multistatus) -> None:
        if self.quirks.sync is Sync.ABSENT:
            answer.drop(f"{DAV}sync-collection")
            answer.drop(f"{DAV}sync-token")
        if not self.quirks.ctag:
            answer.drop(f"{CALENDARSERVER}getctag")
        if self.quirks.hides_principal:
            answer.drop(f"{DAV}current-user-principal")
            answer.drop("{urn:ietf:params:xml:ns:caldav}calendar-home-set")
        if asked.headers.get("depth") != "1":
            return
        self.reports.keep_to_the_window(asked, answer)
        if self.quirks.silent_etags:
            answer.drop(f"{DAV}getetag", answer.responses[1::2])
        if self.quirks.names_twice:
            for response in [one for one in answer.responses if etag_of(one)]:
                answer.root.append(etree.fromstring(etree.tostring(response)))

    def _spelt(self, href: str, method: str) -> str:
        folder, _, name = href.rpartition("/")
        if self.quirks.shouts and name.lower().endswith(".ics"):
            href = f"{folder}/{name.upper()}"
        if not self.quirks.spells_at_twice:
            return href
        return quote(unquote(href), safe="/@" if method == "REPORT" or self.spells_at else "/")

    def _point_to_the_partition(self, asked: Asked, answer: Multistatus) -> None:
        url = self.partition_url(asked.headers.get("host", "")) if self.quirks.partition else None
        if url is None:
            return
        for principal in answer.root.iter(f"{DAV}current-user-principal"):
            for href in principal.iter(f"{DAV}href"):
                href.text = url + (href.text or "").lstrip("/")


def _folder(path: str) -> str:
    return unquote(path).rpartition("/")[0]
