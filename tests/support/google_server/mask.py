"""Partial responses: the ``fields`` parameter, as ``items(id,start/dateTime),nextPageToken``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.support.google_server.refusal import Refusal

Mask = dict[str, "Mask"]
_TOKEN = re.compile(r"[A-Za-z0-9_*]+|[(),/]")


def read_mask(text: str) -> Mask:
    """Field -> mask of what is inside it; an empty one takes everything."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise _bad(text)
    stream = iter([*tokens, ""])
    mask, last = _list(stream, text)
    if last:
        raise _bad(text)
    return mask


def masked(value: Any, mask: Mask) -> Any:
    if not mask:
        return value
    if isinstance(value, list):
        return [masked(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: mask.get(name, mask.get("*")) for name in value}
    return {name: masked(value[name], part) for name, part in inner.items() if part is not None}


def _list(stream: Iterator[str], text: str) -> tuple[Mask, str]:
    mask: Mask = {}
    while True:
        name = next(stream)
        if name in ("(", ")", ",", "/", ""):
            raise _bad(text)
        inner = mask.setdefault(name, {})
        token = next(stream)
        while token == "/":
            inner = inner.setdefault(next(stream), {})
            token = next(stream)
        if token == "(":
            part, closing = _list(stream, text)
            if closing != ")":
                raise _bad(text)
            inner.update(part)
            token = next(stream)
        if token != ",":
            return mask, token


def _bad(text: str) -> Refusal:
    return Refusal(400, "invalidParameter", f"Invalid field selection {text}", location="fields")
