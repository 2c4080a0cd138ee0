"""A table in plain form, read key by key. Faults are collected with their paths: all are told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from booking.plain.names import nearest
from booking.plain.values import Read, Wrong, told

T = TypeVar("T")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    path: Path
    text: str


@dataclass(slots=True)
class Faults:
    """What was found wrong, and what is merely worth a warning."""

    wrong: list[Fault] = field(default_factory=list)
    warned: list[Fault] = field(default_factory=list)


class Table:
    """Reads the keys of one table once each; ``done`` reports the keys nobody asked for."""

    def __init__(self, values: Mapping[str, object], path: Path, faults: Faults) -> None:
        self.values = values
        self._asked: list[str] = []
        self.path = path
        self.faults = faults

    def has(self, key: str) -> bool:
        return key in self.values

    def holds_table(self, key: str) -> bool:
        return isinstance(self.values.get(key), Mapping)

    def holds_list(self, key: str) -> bool:
        return isinstance(self.values.get(key), list)

    def known(self, *keys: str) -> None:
        """Counts the keys as asked for: ``done`` may suggest them."""
        self._asked.extend(keys)

    def wrong(self, text: str, *at: str | int) -> None:
        """Reports a fault of this table, or of what lies at ``at`` in it."""
        self.faults.wrong.append(Fault((*self.path, *at), text))

    def warn(self, text: str, *at: str | int) -> None:
        self.faults.warned.append(Fault((*self.path, *at), text))

    def maybe(self, key: str, read: Read[T]) -> T | None:
        """The value, or None if the key is missing or its value is wrong."""
        self._asked.append(key)
        if key not in self.values:
            return None
        return self._read(self.values[key], read, key)

    def get(self, key: str, read: Read[T], default: T) -> T:
        value = self.maybe(key, read)
        return default if value is None else value

    def need(self, key: str, read: Read[T], blank: T) -> T:
        """The value; ``blank`` stands in for a missing or wrong one, which is a fault."""
        value = self.maybe(key, read)
        if key not in self.values:
            self.wrong("this key is missing", key)
        return blank if value is None else value

    def each(self, key: str, read: Read[T], *, empty: str | None = None) -> tuple[T, ...] | None:
        """The elements of a list, each one different; None if the key is missing. Wrong ones are left out.

        ``empty`` is the fault that an empty list is; without it, the list may be empty.
        """
        items = self.maybe(key, _a_list)
        if items is None:
            return None
        if not items and empty is not None:
            self.wrong(empty, key)
        found: list[T] = []
        for index, item in enumerate(items):
            value = self._read(item, read, key, index)
            if value is not None and value in found:
                self.wrong(f"{told(item)} is named twice", key, index)
            elif value is not None:
                found.append(value)
        return tuple(found)

    def table(self, key: str) -> Table | None:
        """The table below ``key``; None if there is none."""
        values = self.maybe(key, _a_table(f"[{key}]"))
        return None if values is None else Table(values, (*self.path, key), self.faults)

    def tables(self, key: str) -> list[Table]:
        """The list of tables below ``key``; empty if there is none."""
        items = self.maybe(key, _a_table_list(key)) or []
        found = []
        for index, item in enumerate(items):
            values = self._read(item, _a_table("{...}"), key, index)
            if values is not None:
                found.append(Table(values, (*self.path, key, index), self.faults))
        return found

    def done(self) -> None:
        """Reports unknown keys, each with the nearest right one."""
        for key in self.values:
            if key not in self._asked:
                self.wrong(f'this key is unknown, did you mean "{nearest(key, self._asked)}"?', key)

    def _read(self, value: object, read: Callable[[object], T], *at: str | int) -> T | None:
        try:
            return read(value)
        except Wrong as error:
            self.wrong(str(error), *at)
            return None


def _a_list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Wrong(f"a list in [ ] is expected, not {told(value)}")
    return value


def _a_table(written: str) -> Read[Mapping[str, object]]:
    def read(value: object) -> Mapping[str, object]:
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            raise Wrong(f"there is only one: write {written}, not [{written}]")
        if not isinstance(value, Mapping):
            raise Wrong(f"a table is expected, not {told(value)}")
        return value

    return read


def _a_table_list(key: str) -> Read[list[object]]:
    def read(value: object) -> list[object]:
        if isinstance(value, dict):
            raise Wrong(f"there may be many: write [[{key}]], not [{key}]")
        return _a_list(value)

    return read
