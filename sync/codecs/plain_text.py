"""Google's description "can contain HTML": the text a person reads in it. Text without any comes back as it is."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_TAG = re.compile(
    r"</?(?:a|b|blockquote|br|code|div|em|font|h[1-6]|hr|html-blob|i|li|ol|p|pre|s|span|strong|sub|sup|table|tbody|td|th"
    r"|tr|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_BREAK_BEFORE = frozenset(
    {"blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre"} | {"tr", "ul"}
)
_MANY_BREAKS = re.compile(r"\n{3,}")


def plain_text(text: str) -> str:
    r"""Tags become line breaks or nothing, entities their characters; a link whose text hides its address shows it.

    ``"Hi<br>there &amp; <b>you</b>"`` gives ``"Hi\nthere & you"``.
    """
    if _TAG.search(text) is None:
        return html.unescape(text).replace("\xa0", " ") if _ENTITY.search(text) else text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return _MANY_BREAKS.sub("\n\n", "".join(reader.pieces)).strip("\n")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._link = ""
        self._shown: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.pieces.append("\n")
        elif tag in _BREAK_BEFORE:
            self._new_line()
            if tag == "li":
                self.pieces.append("- ")
        elif tag == "a":
            self._link = (dict(attrs).get("href") or "").strip()
            self._shown = []

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAK_BEFORE:
            self._new_line()
        elif tag == "a" and self._link:
            shown = "".join(self._shown).strip()
            if shown not in (self._link, self._link.removeprefix("mailto:")):
                self.pieces.append(f" ({self._link})" if shown else self._link)
            self._link = ""

    def handle_data(self, data: str) -> None:
        data = data.replace("\xa0", " ")
        self.pieces.append(data)
        if self._link:
            self._shown.append(data)

    def _new_line(self) -> None:
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append("\n")
