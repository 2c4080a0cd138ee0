"""The address of one calendar, and what the hrefs in its server's answers mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from sync.backends.errors import Refused
from sync.backends.protocol import Identity, RemoteCalendar
from sync.http import GuardedSession, UrlRefused

_ONE_PART = re.compile("[^/?#]+")
_AS_WRITTEN = "%/:@!$&'()*+,;=~-._"


def spelling(path: str) -> str:
    """One spelling of a path for comparing: servers write ``@`` here and ``%40`` there for the same resource."""
    return unquote(path) if "%" in path else path


@dataclass(frozen=True, slots=True)
class Collection:
    """``url`` and ``path`` end with a slash."""

    url: str
    path: str
    origin: str

    def href_of(self, href: str) -> str | None:
        """The path of a member; None for the collection itself, and for what lies in collections below it.

        Directly below the collection the path begins as ours does, however the server spells it today. A URL with
        another origin counts where its path is such a one, as from servers that do not know their proxy's name; it
        is asked for at our own origin.
        """
        if self._plainly_holds(href):
            return href
        try:
            parts = urlsplit(urljoin(self.url, href))
        except ValueError:
            return None
        head, _, name = parts.path.rpartition("/")
        if not name or self.is_itself(href):
            return None
        if spelling(f"{head}/") == spelling(self.path):
            return f"{self.path}{name}"
        return parts.path if f"{parts.scheme}://{parts.netloc}" == self.origin else None

    def is_itself(self, href: str) -> bool:
        """Whether an href is this collection's own, with or without its last slash."""
        if self._plainly_holds(href):
            return False
        try:
            path = urlsplit(urljoin(self.url, href)).path
        except ValueError:
            return False
        return spelling(path).rstrip("/") == spelling(self.path).rstrip("/")

    def _plainly_holds(self, href: str) -> bool:
        """Whether it is our path and one more part, as nearly all are: listings are long, so this is asked first."""
        return href.startswith(self.path) and _ONE_PART.fullmatch(href, len(self.path)) is not None

    def href_for(self, identity: Identity) -> str:
        """Where a series of ours goes."""
        return f"{self.path}{identity.name}.ics"

    def url_of(self, href: str) -> str:
        """The absolute URL of a member's path; characters that no URL may hold are escaped."""
        return f"{self.origin}{quote(href, safe=_AS_WRITTEN)}"


def collection_at(session: GuardedSession, calendar: RemoteCalendar) -> Collection:
    """Raises ``Refused`` for an address that must not be asked."""
    url = calendar.url if calendar.url.endswith("/") else f"{calendar.url}/"
    try:
        session.admit_sibling(url)
    except UrlRefused as error:
        raise Refused(error.text) from error
    parts = urlsplit(url)
    return Collection(url, parts.path, f"{parts.scheme}://{parts.netloc}")
