"""Requests and answers as the proxy hands them on, and the multistatus edits that the switches are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CALENDARSERVER = "{http://calendarserver.org/ns/}"


@dataclass
class Asked:
    """One request; header names are lower-case, ``target`` is the path as it was sent."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def like(self, method: str, target: str, body: bytes = b"", **headers: str) -> Asked:
        """Another request of the same client; header names with underscores."""
        kept = {name: value for name, value in self.headers.items() if name == "authorization"}
        return Asked(method, target, kept | {name.replace("_", "-"): headers[name] for name in headers}, body)

    def xml(self) -> etree._Element | None:
        try:
            return etree.fromstring(self.body) if self.body else None
        except etree.XMLSyntaxError:
            return None

    @property
    def report(self) -> str:
        """The local name of the body's root; empty for a body that is no XML."""
        root = self.xml() if self.method in ("REPORT", "PROPFIND") else None
        return "" if root is None else etree.QName(root).localname


@dataclass
class Said:
    """One answer; header names are lower-case."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def names_condition(self) -> str:
        """The local name of the first precondition in an error body; empty if there is none."""
        if self.status < 400 or not self.body.lstrip().startswith(b"<"):
            return ""
        try:
            root = etree.fromstring(self.body)
        except etree.XMLSyntaxError:
            return ""
        return etree.QName(root[0]).localname if len(root) else ""


def error(status: int, condition: str = "", *, text: str = "") -> Said:
    """An error with a precondition element, with plain text, or with nothing."""
    if not condition:
        return Said(status, {"content-type": "text/plain"}, text.encode())
    space = "DAV:" if condition == "valid-sync-token" else "urn:ietf:params:xml:ns:caldav"
    body = f'<d:error xmlns:d="DAV:"><q:{condition} xmlns:q="{space}"/></d:error>'
    return Said(status, {"content-type": "application/xml"}, body.encode())


def multistatus(*hrefs: str, token: str = "", status: int | None = None) -> Said:
    """A 207 with these hrefs, each with ``status``."""
    parts = [
        f"<d:response><d:href>{href}</d:href><d:status>HTTP/1.1 {status} x</d:status></d:response>"
        for href in hrefs
    ]
    end = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    body = f'<d:multistatus xmlns:d="DAV:">{"".join(parts)}{end}</d:multistatus>'
    return Said(207, {"content-type": "application/xml; charset=utf-8"}, body.encode())


class Multistatus:
    """A 207 body being edited."""

    def __init__(self, said: Said) -> None:
        self._said = said
        self.root = etree.fromstring(said.body)

    @property
    def responses(self) -> list[etree._Element]:
        return list(self.root.findall(f"{DAV}response"))

    @property
    def token(self) -> str:
        return self.root.findtext(f"{DAV}sync-token") or ""

    @token.setter
    def token(self, value: str) -> None:
        element = self.root.find(f"{DAV}sync-token")
        if element is None:
            element = etree.SubElement(self.root, f"{DAV}sync-token")
        element.text = value

    def keep(self, wanted: Callable[[etree._Element], bool]) -> None:
        for response in self.responses:
            if not wanted(response):
                self.root.remove(response)

    def add(self, href: str, *, status: int | None = None, etag: str = "") -> None:
        response = etree.Element(f"{DAV}response")
        self.root.insert(0, response)
        etree.SubElement(response, f"{DAV}href").text = href
        if status is not None:
            etree.SubElement(response, f"{DAV}status").text = f"HTTP/1.1 {status} x"
            return
        propstat = etree.SubElement(response, f"{DAV}propstat")
        etree.SubElement(etree.SubElement(propstat, f"{DAV}prop"), f"{DAV}getetag").text = etag
        etree.SubElement(propstat, f"{DAV}status").text = "HTTP/1.1 200 OK"

    def drop(self, tag: str, among: list[etree._Element] | None = None) -> None:
        """Take a property out of these responses, or of all."""
        for response in self.responses if among is None else among:
            for element in list(response.iter(tag)):
                parent = element.getparent()
                if parent is not None:
                    parent.remove(element)

    def hrefs(self) -> Iterator[etree._Element]:
        yield from self.root.iter(f"{DAV}href")

    def said(self) -> Said:
        body = etree.tostring(self.root, xml_declaration=True, encoding="utf-8")
        return Said(self._said.status, dict(self._said.headers), body)


def href_of(response: etree._Element) -> str:
    return response.findtext(f"{DAV}href") or ""


def status_of(response: etree._Element) -> int | None:
    line = response.findtext(f"{DAV}status")
    return None if line is None else int(line.split()[1])


def etag_of(response: etree._Element) -> str:
    return response.findtext(f"{DAV}propstat/{DAV}prop/{DAV}getetag") or ""
