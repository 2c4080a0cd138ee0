"""What a practice file names, gathered ahead of reading: references are checked wherever they stand in the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from booking.plain.names import nearest
from booking.plain.table import Table
from booking.plain.values import Read, Wrong, a_text, told
from booking.practice import Account


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of the practice already and the file may lean on.

    ``accounts`` are those with a stored secret, by provider slug and account name. ``users`` are case-folded addresses.
    """

    accounts: Mapping[tuple[str, str], Account] = field(default_factory=dict)
    clients: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()


Recall = Callable[[str], Known]
"""What is stored of the practice of this slug."""


def nothing_known(_slug: str) -> Known:
    return Known()


@dataclass(frozen=True, slots=True)
class Names:
    """Names that references may use. ``emails`` maps a provider's case-folded address to the slug."""

    services: tuple[str, ...]
    locations: tuple[str, ...]
    rooms: tuple[str, ...]
    providers: tuple[str, ...]
    clients: tuple[str, ...]
    tags: tuple[str, ...]
    emails: Mapping[str, str]


def gather(document: Mapping[str, object], known: Known) -> Names:
    """The names a parsed file defines, whatever else is wrong with it."""
    providers = list(_tables(document, "providers"))
    clients = list(_tables(document, "clients"))
    return Names(
        services=_texts(_tables(document, "services"), "code"),
        locations=_texts(_tables(document, "locations"), "slug"),
        rooms=tuple(room for place in _tables(document, "locations") for room in _words(place.get("rooms"))),
        providers=_texts(providers, "slug"),
        clients=(*_texts(clients, "id"), *sorted(known.clients)),
        tags=(*(tag for client in clients for tag in _words(client.get("tags"))), *sorted(known.tags)),
        emails={
            email.casefold(): slug
            for provider in reversed(providers)
            if isinstance(email := provider.get("email"), str)
            and isinstance(slug := provider.get("slug"), str)
        },
    )


def own_codes(provider: Table) -> tuple[str, ...]:
    """The codes of the provider's custom services."""
    return _texts(_tables(provider.values, "custom_services"), "code")


def a_known(kind: str, names: Collection[str]) -> Read[str]:
    """A reference to one of ``names``."""

    def read(value: object) -> str:
        text = a_text()(value)
        if text not in names:
            near = nearest(text, names)
            raise Wrong(f"there is no {kind} {told(text)}" + (f', did you mean "{near}"?' if near else ""))
        return text

    return read


def check_unique(tables: Sequence[Table], key: str, values: Sequence[str]) -> None:
    """Reports the second and further tables of a list that have the same value of ``key``; blank ones never do."""
    first: dict[str, Table] = {}
    for table, value in zip(tables, values, strict=True):
        if value and first.setdefault(value, table) is not table:
            other = first[value].path
            table.wrong(f"{told(value)} is already used by {other[-2]}[{other[-1]}]", key)


def _tables(values: Mapping[str, object], key: str) -> Iterator[Mapping[str, object]]:
    """The tables of a list; a single table, which is a mistake told elsewhere, counts as a list of one."""
    items = values.get(key)
    listed = items if isinstance(items, list) else [items]
    return (item for item in listed if isinstance(item, Mapping))


def _texts(
    tables: Collection[Mapping[str, object]] | Iterator[Mapping[str, object]], key: str
) -> tuple[str, ...]:
    return tuple(value for table in tables if isinstance(value := table.get(key), str))


def _words(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
