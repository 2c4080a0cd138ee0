"""What applying a practice changes, one line per change. Values of secrets are never shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from booking.impact import LOOKED_AHEAD, Impact
from booking.plain.document import Doc, practice_doc
from booking.practice import Practice
from service.practice_file.render import SECTIONS, inline, sparse
from service.practice_file.secrets import AccountKey

NONE = "(none)"
_KEYS = {
    "services": ("code",),
    "custom_services": ("code",),
    "locations": ("slug",),
    "providers": ("slug",),
    "accounts": ("name",),
    "calendars": ("match",),
    "overrides": ("date", "from", "until"),
    "holds": ("name",),
    "clients": ("id",),
    "users": ("email",),
}
_ORDERED = frozenset({"services", "custom_services", "locations", "providers", "calendars"})


@dataclass(frozen=True, slots=True)
class Change:
    """``kind`` is ``+`` (added), ``~`` (changed) or ``-`` (removed); ``old`` and ``new`` are texts to show."""

    kind: str
    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.kind} {self.path}: {self.old} -> {self.new}"


def change_lines(changes: tuple[Change, ...], impacts: Sequence[Impact] | None = None) -> list[str]:
    """``impacts``: what the changes would do to times on offer; None: nobody asked."""
    told = [] if impacts is None or not changes else impact_lines(impacts)
    return [*map(str, changes), *told, f"{len(changes)} changes"]


def impact_lines(impacts: Sequence[Impact]) -> list[str]:
    days = LOOKED_AHEAD.days
    if not impacts:
        return [f"= slots: nothing opens or closes in the next {days} days"]
    return [
        f"= slots of {each.provider}: opens {each.opens}, closes {each.closes} in the next {days} days"
        f"; {_concerned(each)}; {_stranded(len(each.stranded))}"
        for each in impacts
    ]


def _concerned(impact: Impact) -> str:
    count = len(impact.clients)
    known = f"{count} client{'' if count == 1 else 's'} affected"
    return f"{known}, and new ones" if impact.strangers else known


def _stranded(count: int) -> str:
    if not count:
        return "nobody booked is affected"
    return f"{count} booking{'' if count == 1 else 's'} would lie outside of all hours (and would stay)"


def changes(
    old: Practice | None, new: Practice, *, secrets: Mapping[AccountKey, bool] | None = None
) -> tuple[Change, ...]:
    """What turns ``old`` (None: nothing) into ``new``, in the file's order.

    ``secrets`` has the accounts that get another secret, and whether one was stored before.
    """
    before = practice_doc(old) if old is not None else {}
    found = _sections("", "", before, practice_doc(new))
    return (*found, *(_secret_change(account, stored) for account, stored in sorted((secrets or {}).items())))


def _secret_change(account: AccountKey, stored: bool) -> Change:
    path = f"providers{_label(account[0])}.accounts{_label(account[1])}.secret"
    return Change("~", path, "(set)", "(changed)") if stored else Change("+", path, NONE, "(set)")


def _sections(path: str, section: str, old: Doc, new: Doc) -> Iterator[Change]:
    for key in SECTIONS.get(section, ()):
        below = f"{path}.{key}" if path else key
        was, now = old.get(key), new.get(key)
        if isinstance(was, list) or isinstance(now, list):
            yield from _list(below, key, was or [], now or [])
        else:
            yield from _table(below, key, was, now)


def _table(path: str, section: str, old: Doc | None, new: Doc | None) -> Iterator[Change]:
    if old and new:
        yield from _values(path, section, old, new)
    elif new and (own := sparse(section, new)):
        yield Change("+", path, NONE, inline(own))
    elif old and (own := sparse(section, old)):
        yield Change("-", path, inline(own), NONE)
    yield from _sections(path, section, old or {}, new or {})


def _values(path: str, section: str, old: Doc, new: Doc) -> Iterator[Change]:
    below = SECTIONS.get(section, ())
    for key in dict.fromkeys((*new, *old)):
        if key in below or old.get(key) == new.get(key):
            continue
        kind = "+" if key not in old else "-" if key not in new else "~"
        was, now = (inline(doc[key]) if key in doc else NONE for doc in (old, new))
        yield Change(kind, f"{path}.{key}", was, now)


def _list(path: str, section: str, old: list[Doc], new: list[Doc]) -> Iterator[Change]:
    if section not in _KEYS:
        yield from _unnamed(path, section, old, new)
        return
    before = {_name(section, doc): doc for doc in old}
    after = {_name(section, doc): doc for doc in new}
    for name in dict.fromkeys((*after, *before)):
        yield from _table(path + _label(name), section, before.get(name), after.get(name))
    stayed = [name for name in before if name in after]
    now = [name for name in after if name in before]
    if section in _ORDERED and stayed != now:
        yield Change("~", f"{path}.order", ", ".join(stayed), ", ".join(now))


def _unnamed(path: str, section: str, old: list[Doc], new: list[Doc]) -> Iterator[Change]:
    """Tables without a name, whose order means nothing: each is there or not."""
    before = [inline(sparse(section, doc)) for doc in old]
    after = [inline(sparse(section, doc)) for doc in new]
    for kind, mine, other in (("-", before, after), ("+", after, before)):
        spare = Counter(other)
        for index, text in enumerate(mine):
            if spare[text] > 0:
                spare[text] -= 1
            else:
                yield Change(kind, f"{path}[{index}]", *((text, NONE) if kind == "-" else (NONE, text)))


def _name(section: str, doc: Doc) -> str:
    parts: list[Any] = [doc[key] for key in _KEYS[section] if key in doc]
    name = "..".join(str(part) for part in parts)
    return name.casefold() if section == "users" else name


def _label(name: str) -> str:
    return f"[{name}]" if not any(sign in name for sign in " []\"'") else f"[{inline(name)}]"
