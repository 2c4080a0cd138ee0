"""One account's requests: headers and bodies of ours, answers cut by what they mean for the whole account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import BinaryIO, NoReturn, TypeVar, cast

from sync.backends.caldav.multistatus import (
    Member,
    Multistatus,
    NotMultistatus,
    preconditions,
    read_multistatus,
)
from sync.backends.caldav.names import NAMESPACES
from sync.backends.errors import AuthorizationLost, CalendarMissing, Refused, Throttled, Unavailable
from sync.http import GuardedSession, HostRefused, Limits, OutboundError, RedirectRefused, UrlRefused
from sync.model.wording import N_

T = TypeVar("T")

NO_DAV = N_("The server did not answer as a calendar server does.")

_XML = {"Content-Type": "application/xml; charset=utf-8"}
_BUSY = frozenset({408, 425, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said at ``url``, redirects followed; header names are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def etag(self) -> str | None:
        """The ETag header if it can be sent back in If-Match."""
        return strong_etag(self.headers.get("etag"))

    @property
    def is_page(self) -> bool:
        """Whether this is something for a browser: a sign-in page, a captive portal."""
        return bool(self.body) and "html" in self.headers.get("content-type", "").lower()

    def preconditions(self) -> frozenset[str]:
        return preconditions(self.body)


class DavConnection:
    """Sends requests through the guard. Raises ``AuthorizationLost``, ``Refused`` and ``Unavailable`` for what concerns
    the whole account; every other status is the caller's to judge."""

    def __init__(self, session: GuardedSession) -> None:
        self.session = session
        self._turn = Lock()

    def propfind(self, url: str, props: str, *, depth: int) -> Answer:
        """``props`` are empty elements with the prefixes D, C and CS."""
        body = f"<D:propfind {NAMESPACES}><D:prop>{props}</D:prop></D:propfind>"
        return self._send("PROPFIND", url, body, {**_XML, "Depth": str(depth)})

    def report(self, url: str, name: str, content: str, *, depth: int) -> Answer:
        """``name`` is the report's element with its prefix."""
        body = f"<{name} {NAMESPACES}>{content}</{name}>"
        return self._send("REPORT", url, body, {**_XML, "Depth": str(depth)})

    def long_report(self, url: str, name: str, content: str, *, depth: int) -> tuple[Answer, BinaryIO]:
        """As ``report``, for an answer of any length: its body is read from the file, not the answer."""
        body = f"<{name} {NAMESPACES}>{content}</{name}>"
        headers = {**_XML, "Depth": str(depth)}
        return self._exchange("REPORT", url, body, headers, self.session.limits.for_calendars())

    def get(self, url: str) -> Answer:
        # Proxies that compress on the way change or weaken the ETag, and then no If-Match fits any more.
        return self._send("GET", url, None, {"Accept": "text/calendar", "Accept-Encoding": "identity"})

    def put(self, url: str, raw: bytes, precondition: Mapping[str, str]) -> Answer:
        return self._send("PUT", url, raw, {"Content-Type": "text/calendar; charset=utf-8", **precondition})

    def delete(self, url: str, precondition: Mapping[str, str]) -> Answer:
        return self._send("DELETE", url, None, dict(precondition))

    def _send(self, method: str, url: str, body: str | bytes | None, headers: dict[str, str]) -> Answer:
        return self._exchange(method, url, body, headers, self.session.limits.for_reports())[0]

    def _exchange(
        self, method: str, url: str, body: str | bytes | None, headers: dict[str, str], limits: Limits
    ) -> tuple[Answer, BinaryIO]:
        data = b'<?xml version="1.0" encoding="utf-8"?>\n' + body.encode() if isinstance(body, str) else body
        try:
            # Reading asks ahead from another thread, and a session serves one at a time.
            with self._turn, self.session.under(limits):
                response = self.session.request(method, url, data=data, headers=headers)
        except (UrlRefused, HostRefused, RedirectRefused) as error:
            raise Refused(error.text) from error
        except OutboundError as error:
            raise Unavailable(error.text) from error
        lowered = {name.lower(): value for name, value in response.headers.items()}
        body = b"" if limits.packed else response.content
        answer = Answer(str(response.url), response.status_code, lowered, body)
        _raise_for_account(answer)
        return answer, cast(BinaryIO, response.raw)


def _raise_for_account(answer: Answer) -> None:
    if answer.status == 401:
        raise AuthorizationLost("The calendar server refused the user name or password.")
    if answer.status == 429:
        raise Throttled(
            "The calendar server asks for fewer requests; it is tried again later.",
            retry_after=_retry_after(answer),
        )
    if answer.status in _BUSY:
        raise Unavailable(
            f"The calendar server is busy or broken (status {answer.status}).",
            retry_after=_retry_after(answer),
        )


def strong_etag(text: str | None) -> str | None:
    """The entity tag as it can stand in If-Match (RFC 9110 8.8.3); None for a weak one, which matches nothing there.

    Some servers leave out the quotes; they are put back.
    """
    tag = (text or "").strip()
    if not tag or tag.startswith("W/"):
        return None
    quoted = tag.startswith('"') and tag.endswith('"') and len(tag) > 1
    return tag if quoted else f'"{tag.strip(chr(34))}"'


def demand_multistatus(answer: Answer, take: Callable[[Member], T]) -> Multistatus[T]:
    """The members of a 207 as ``take`` reduces each; raises as ``raise_for_collection`` for any other answer."""
    if answer.status != 207:
        raise_for_collection(answer)
    try:
        return read_multistatus(answer.body, take)
    except NotMultistatus as error:
        raise Unavailable(NO_DAV) from error


def raise_if_missing(status: int | None) -> None:
    """``status`` of a whole answer or, as some servers put it, of the calendar's own response inside a 207."""
    if status in (404, 410):
        raise CalendarMissing("The calendar is no longer on the server.")


def raise_for_collection(answer: Answer) -> NoReturn:
    """The error of an answer about a whole calendar that is not what was asked for."""
    raise_if_missing(answer.status)
    if answer.status == 403:
        raise Refused("The calendar server no longer allows this account to read the calendar.")
    if answer.status >= 500:
        raise Unavailable(
            f"The calendar server failed (status {answer.status}).", retry_after=_retry_after(answer)
        )
    raise Unavailable(f"{NO_DAV} (Status {answer.status}.)")


def _retry_after(answer: Answer) -> timedelta | None:
    """RFC 9110 10.2.3. A date is compared with the server's own clock; without that it says nothing."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value), 86_400))
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(timedelta(0), min(wait, timedelta(days=1)))
