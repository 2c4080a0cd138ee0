"""Reading a 207 body (RFC 4918 14.16) without trusting it: no entities, no DTD, and only what is well-formed.

Nothing is used before all is read, except where a stream of any length is taken apart as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO, Generic, TypeVar

from lxml import etree

from sync.backends.caldav.names import ERROR, HREF, MULTISTATUS, PROP, PROPSTAT, RESPONSE, STATUS, SYNC_TOKEN

T = TypeVar("T")


class NotMultistatus(Exception):
    """The body is not a whole, well-formed multistatus."""


@dataclass(frozen=True, slots=True)
class Member:
    """One ``response``. ``status`` is its own, None if it has propstats; ``found`` are the properties with status 200.

    The elements of ``found`` are emptied once the reader has had them.
    """

    href: str
    status: int | None
    found: Mapping[str, etree._Element] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Text of a property; None if it was not given or is empty."""
        element = self.found.get(name)
        return ((element.text or "").strip() or None) if element is not None else None


@dataclass(frozen=True, slots=True)
class Multistatus(Generic[T]):
    """``members`` in the order of the body; ``sync_token`` of a sync-collection report, None if there is none."""

    members: list[T]
    sync_token: str | None


def read_multistatus(body: bytes, take: Callable[[Member], T]) -> Multistatus[T]:
    """Passes each response through ``take``, which keeps what it needs; the tree never exists as a whole.

    Raises ``NotMultistatus`` for anything that is not well-formed to its end, has another root or a document type.
    """
    stream = MultistatusStream(BytesIO(body), take)
    return Multistatus(list(stream), stream.sync_token)


class MultistatusStream(Generic[T]):
    """The members of a body one by one, for bodies of any length; what was read is let go of.

    Raises ``NotMultistatus`` as ``read_multistatus`` does, though of an error near the end only there. ``sync_token``
    is known at the end.
    """

    def __init__(self, source: BinaryIO, take: Callable[[Member], T]) -> None:
        self._source = source
        self._take = take
        self.sync_token: str | None = None

    def __iter__(self) -> Iterator[T]:
        try:
            for element in _closed_children(self._source):
                if element.tag == RESPONSE:
                    yield from map(self._take, _members(element))
                else:
                    self.sync_token = (element.text or "").strip() or None
        except (etree.XMLSyntaxError, ValueError) as error:
            raise NotMultistatus(str(error)) from error


def preconditions(body: bytes) -> frozenset[str]:
    """Clark names inside a ``DAV:error`` body (RFC 4918 16); empty if the body is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return frozenset()
    return (
        frozenset(str(child.tag) for child in root) if root is not None and root.tag == ERROR else frozenset()
    )


def status_code(line: str | None) -> int:
    """404 of ``HTTP/1.1 404 Not Found``. Raises ``ValueError``."""
    parts = (line or "").split()
    if len(parts) < 2:
        raise ValueError(f"no status in {line!r}")
    return int(parts[1])


def _closed_children(source: BinaryIO) -> Iterator[etree._Element]:
    """The root's responses and its token, each when it is complete; what was handed out is then freed."""
    events = etree.iterparse(
        source,
        events=("end",),
        tag=(RESPONSE, SYNC_TOKEN),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, element in events:
        parent = element.getparent()
        # A sync-token is also the name of a property, and so lies inside responses as well.
        if parent is None or parent.getparent() is not None:
            continue
        if parent.tag != MULTISTATUS:
            raise ValueError("the root is no multistatus")
        yield element
        element.clear()
        while element.getprevious() is not None:
            del parent[0]
    root = events.root
    if root is None or root.tag != MULTISTATUS:
        raise ValueError("the root is no multistatus")
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type is not read")


def _members(response: etree._Element) -> list[Member]:
    """One for each of its names: several may share a status (RFC 4918 14.24)."""
    hrefs, status = list[str](), None
    found: dict[str, etree._Element] = {}
    for child in response:
        if child.tag == HREF:
            hrefs.append((child.text or "").strip())
        elif child.tag == STATUS:
            status = status_code(child.text)
        elif child.tag == PROPSTAT and status_code(child.findtext(STATUS)) == 200:
            prop = child.find(PROP)
            found |= {str(element.tag): element for element in (() if prop is None else prop)}
    if not hrefs or not all(hrefs):
        raise ValueError("a response without href")
    return [Member(href, status, found) for href in hrefs]
