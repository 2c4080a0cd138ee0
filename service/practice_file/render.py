"""Writes a practice as its canonical practice file: the same practice always gives the same bytes."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

from booking.plain import document
from booking.plain.document import Doc
from booking.plain.values import MIDNIGHT
from booking.practice import (
    Account,
    Block,
    CalendarRule,
    Client,
    Hold,
    Location,
    Page,
    Practice,
    Provider,
    Service,
)

SECTIONS: dict[str, tuple[str, ...]] = {
    "": (
        "practice",
        "rules",
        "services",
        "locations",
        "providers",
        "notices",
        "page",
        "clients",
        "users",
    ),
    "services": ("rules",),
    "custom_services": ("rules",),
    "providers": ("rules", "custom_services", "accounts", "availability", "overrides", "holds"),
    "accounts": ("calendars",),
}
"""Tables with a header of their own, by the table they lie in; all others stand in their line."""

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_NO_DAYS: frozenset[int] = frozenset()


def _defaults(doc: Doc, *essential: str) -> Doc:
    return {key: value for key, value in doc.items() if key not in essential}


_SERVICE = _defaults(document.service_doc(Service("", "", timedelta(0))), "code", "name", "minutes", "modes")
_DEFAULTS: dict[str, Doc] = {
    "practice": {"phone": "", "email": ""},
    "services": _SERVICE,
    "custom_services": _SERVICE,
    "locations": _defaults(document.location_doc(Location("", "")), "slug", "name"),
    "providers": _defaults(
        document.provider_doc(Provider("", "", "", "")),
        "slug",
        "name",
        "email",
        "timezone",
        "self_scheduling",
    ),
    "accounts": _defaults(document.account_doc(Account("", ""))),
    "calendars": _defaults(document.calendar_rule_doc(CalendarRule("", ""))),
    "availability": _defaults(
        document.block_doc(Block(_NO_DAYS, MIDNIGHT, MIDNIGHT)), "days", "start", "end", "online"
    ),
    "holds": _defaults(document.hold_doc(Hold("", MIDNIGHT, MIDNIGHT)), "name", "start", "end", "for"),
    "notices": dict.fromkeys(document.NOTICES, True),
    "page": _defaults(document.page_doc(Page())),
    "clients": _defaults(document.client_doc(Client("", "", "")), "id", "name", "email", "status"),
}


def render_practice(practice: Practice) -> str:
    """The practice as TOML, in the order of the practice file; what has its default value is mostly left out."""
    lines: list[str] = []
    for key, value in document.practice_doc(practice).items():
        _section(lines, (key,), value)
    return "\n".join(lines).lstrip("\n") + "\n"


def inline(value: Any) -> str:
    """A value as it stands behind an equals sign, in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {inline(item)}" for key, item in value.items()) + " }"
    # TOML's basic strings are JSON's, but for DEL, which must be escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def sparse(section: str, doc: Doc) -> Doc:
    """The table without its subtables and without what has its default value."""
    defaults = _DEFAULTS.get(section, {})
    below = SECTIONS.get(section, ())
    return {
        key: value
        for key, value in doc.items()
        if key not in below and (key not in defaults or value != defaults[key])
    }


def _section(lines: list[str], path: tuple[str, ...], value: Any) -> None:
    many = isinstance(value, list)
    for doc in value if many else [value]:
        own = sparse(path[-1], doc)
        indent = "  " * (len(path) - 1)
        if own or many:
            name = ".".join(path)
            lines += ["", f"{indent}[[{name}]]" if many else f"{indent}[{name}]"]
            lines += [f"{indent}{_key(key)} = {inline(item)}" for key, item in own.items()]
        for key in SECTIONS.get(path[-1], ()):
            _section(lines, (*path, key), doc[key])


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else inline(key)
