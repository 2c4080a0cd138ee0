"""The provider's own calendar program, at a Radicale and at a Google of our own: what she does, and all she sees."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tests.support import ics
from tests.support.dav_client import Answer, DavClient
from tests.support.faults.history import Seen, Span
from tests.support.radicale import RadicaleServer
from tests.support.tcp_proxy import TcpProxy

ZONE = ZoneInfo(ics.NEW_YORK)
_WRITES_TRIED = 20


class FarSide(ABC):
    """One calendar "Work". ``proxy`` stands before the server for the program; the provider goes past it."""

    proxy: TcpProxy
    write_verbs: tuple[bytes, ...]
    """What requests of the program that create or change an event begin with."""

    @abstractmethod
    def account(self, folder: Path) -> tuple[str, dict[str, str]]:
        """Lines of the account in the practice file, and the environment in which it is applied."""

    @property
    @abstractmethod
    def environ(self) -> dict[str, str]:
        """Settings the program needs to get here."""

    @abstractmethod
    def add(self, name: str, span: Span) -> str:
        """An event of her own, or a new version of it; the text by which it is known again."""

    @abstractmethod
    def remove(self, name: str) -> None: ...

    @abstractmethod
    def confirm(self, uid: str) -> bool:
        """She accepts a request by its status; False if the event is not there."""

    @abstractmethod
    def note(self, uid: str, text: str) -> bool: ...

    @abstractmethod
    def drag(self, uid: str, span: Span) -> bool: ...

    @abstractmethod
    def delete(self, uid: str) -> bool: ...

    @abstractmethod
    def everything(self) -> list[Seen]: ...

    def close(self) -> None:
        self.proxy.stop()


class RadicaleSide(FarSide):
    write_verbs = (b"PUT ", b"DELETE ")

    def __init__(self, server: RadicaleServer) -> None:
        self._account = server.fresh_account()
        made = server.make_calendar(self._account)
        self._client = DavClient(made.url, made.username, made.password)
        self._folder = urlsplit(made.url).path
        self.proxy = TcpProxy(server.url)
        self.proxy.start()

    def account(self, folder: Path) -> tuple[str, dict[str, str]]:
        url = self.proxy.url(self._account.url)
        lines = f'  kind = "caldav"\n  url = "{url}"\n  username = "{self._account.username}"\n'
        return lines + '  password_env = "ADA_PASSWORD"\n', {"ADA_PASSWORD": self._account.password}

    @property
    def environ(self) -> dict[str, str]:
        return {}

    def add(self, name: str, span: Span) -> str:
        start, end = (instant.astimezone(ZONE).replace(tzinfo=None) for instant in span)
        text = ics.timed(name, start, end, tzid=ics.NEW_YORK, summary=name)
        self._client.put_event(f"{name}.ics", text)
        return _digest(self._client.get_event(f"{name}.ics"))

    def remove(self, name: str) -> None:
        self._client.delete_event(f"{name}.ics")

    def confirm(self, uid: str) -> bool:
        return self._edit(uid, lambda text: text.replace("STATUS:TENTATIVE", "STATUS:CONFIRMED"))

    def note(self, uid: str, text: str) -> bool:
        return self._edit(uid, lambda old: old.replace("END:VEVENT", f"X-HER-NOTE:{text}\r\nEND:VEVENT", 1))

    def drag(self, uid: str, span: Span) -> bool:
        start, end = (f"{instant.astimezone(ZONE):%Y%m%dT%H%M%S}" for instant in span)

        def moved(text: str) -> str:
            text = re.sub(
                r"DTSTART;TZID=America/New_York:\w+", f"DTSTART;TZID=America/New_York:{start}", text
            )
            return re.sub(r"DTEND;TZID=America/New_York:\w+", f"DTEND;TZID=America/New_York:{end}", text)

        return self._edit(uid, moved)

    def delete(self, uid: str) -> bool:
        return self._client.request("DELETE", self._href(uid)).status in (200, 204)

    def everything(self) -> list[Seen]:
        found = []
        for href in self._client.list_hrefs():
            answer = self._client.request("GET", href).demand(200)
            found.append(_seen_in(answer, href))
        return found

    def _edit(self, uid: str, change: Callable[[str], str]) -> bool:
        """As an honest program does: what it changes is the version it writes over."""
        for _ in range(_WRITES_TRIED):
            answer = self._client.request("GET", self._href(uid))
            if answer.status == 404:
                return False
            text = change(answer.demand(200).text)
            if self._client.put(self._href(uid), text, if_match=answer.etag).status in (201, 204):
                return True
        raise AssertionError(f"the event {uid} changed under every edit")

    def _href(self, uid: str) -> str:
        return f"{self._folder}{uid.partition('@')[0]}.ics"


def _seen_in(answer: Answer, href: str) -> Seen:
    lines = re.sub(r"\r?\n[ \t]", "", answer.text).splitlines()
    event = lines[lines.index("BEGIN:VEVENT") : lines.index("END:VEVENT")]
    values = {re.split("[;:]", line)[0]: line.rpartition(":")[2] for line in event}
    start, end = (_instant(values[name]) for name in ("DTSTART", "DTEND"))
    uid = values["UID"]
    name = href.rpartition("/")[2].removesuffix(".ics")
    ours = uid.endswith("@freehold")
    text = "\n".join(lines) if ours else _digest(answer.text)
    return Seen(name, uid, (start, end), values.get("STATUS", ""), text, answer.etag, _booking_in(text))


def _booking_in(text: str) -> str:
    """The request whose page an event names in its description."""
    named = re.search(r"/provider/requests/([a-z2-7]+)", text)
    return named[1] if named else ""


def _instant(text: str) -> datetime:
    if text.endswith("Z"):
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=ZONE).astimezone(UTC)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class GoogleProcess:
    """The Google server as a process of its own, told what to do over HTTP."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.google_server"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = str(json.loads(self._process.stdout.readline())["url"])
        self._people = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def order(self, deed: str, **rest: Any) -> Any:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            connection.request("POST", "/_control", json.dumps({"do": deed, "with": rest}))
            answer = connection.getresponse()
            content = json.loads(answer.read() or b"null")
        finally:
            connection.close()
        if answer.status != 200:
            raise LookupError(f"{deed}: {answer.status} {content}")
        return content["result"]

    def fresh_person(self) -> str:
        self._people += 1
        email = f"ada{self._people}@example.com"
        self.order("add_person", email=email, zone=ics.NEW_YORK, name="Work")
        return email


class GoogleSide(FarSide):
    write_verbs = (b"POST /calendar/v3/calendars", b"PATCH ", b"PUT ", b"DELETE ")

    def __init__(self, google: GoogleProcess) -> None:
        self._google = google
        self._id = google.fresh_person()
        self.proxy = TcpProxy(google.url)
        self.proxy.start()

    def account(self, folder: Path) -> tuple[str, dict[str, str]]:
        document = self._google.order("authorized_user", email=self._id)
        (folder / "ada-google.json").write_text(json.dumps(document))
        return '  kind = "google"\n  authorized_user_file = "ada-google.json"\n', {}

    @property
    def environ(self) -> dict[str, str]:
        return {"FREEHOLD_GOOGLE_API_ENDPOINT": f"http://127.0.0.1:{self.proxy.port}"}

    def add(self, name: str, span: Span) -> str:
        body = {"id": name, "summary": name, **_times(span)}
        return _word(self._google.order("put", calendar_id=self._id, body=body))

    def remove(self, name: str) -> None:
        self._google.order("cancel", calendar_id=self._id, event_id=name)

    def confirm(self, uid: str) -> bool:
        return self._change(uid, {"status": "confirmed"})

    def note(self, uid: str, text: str) -> bool:
        return self._change(uid, {"extendedProperties": {"shared": {text: "hers"}}})

    def drag(self, uid: str, span: Span) -> bool:
        return self._change(uid, _times(span))

    def delete(self, uid: str) -> bool:
        return self._done(uid, "cancel")

    def everything(self) -> list[Seen]:
        return [_seen_of(body) for body in self._google.order("events", calendar_id=self._id)]

    def _is_there(self, uid: str) -> bool:
        bodies = self._google.order("events", calendar_id=self._id)
        return any(body["id"] == uid.partition("@")[0] for body in bodies)

    def _change(self, uid: str, patch: dict[str, Any]) -> bool:
        return self._done(uid, "change", patch=patch)

    def _done(self, uid: str, deed: str, **rest: Any) -> bool:
        """False if the event is not there; the program may remove it while she looks."""
        if not self._is_there(uid):
            return False
        try:
            self._google.order(deed, calendar_id=self._id, event_id=uid.partition("@")[0], **rest)
        except LookupError:
            return False
        return True


def _times(span: Span) -> dict[str, Any]:
    return {
        name: {"dateTime": instant.astimezone(ZONE).isoformat(), "timeZone": ics.NEW_YORK}
        for name, instant in zip(("start", "end"), span, strict=True)
    }


def _seen_of(body: dict[str, Any]) -> Seen:
    start, end = (datetime.fromisoformat(body[name]["dateTime"]).astimezone(UTC) for name in ("start", "end"))
    private = body.get("extendedProperties", {}).get("private", {})
    uid = next((value for value in private.values() if value.endswith("@freehold")), body["iCalUID"])
    text = json.dumps(body) if uid.endswith("@freehold") else _word(body)
    status = body["status"].upper()
    return Seen(body["id"], uid, (start, end), status, text, body["etag"], _booking_in(text))


def _word(body: dict[str, Any]) -> str:
    """All of an event of hers, its version included: nobody else may even touch it."""
    return json.dumps(body, sort_keys=True)


def half_hour(day: datetime, number: int) -> Span:
    start = day + timedelta(minutes=30 * number)
    return start, start + timedelta(minutes=30)
