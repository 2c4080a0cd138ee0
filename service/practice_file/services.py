"""Reads services and locations of a practice file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from booking.plain.names import a_slug, a_web_address, a_word
from booking.plain.rules import check_together, read_rules
from booking.plain.table import Table
from booking.plain.values import Wrong, a_duration, a_flag, a_member, a_text, a_whole
from booking.practice import ANY_ROOM, Location, Mode, Service
from service.practice_file.names import Names, a_known, check_unique

_NO_TIME = timedelta(0)
_LONGEST_BUFFER = timedelta(days=1)


def read_modes(table: Table, default: tuple[Mode, ...]) -> tuple[Mode, ...]:
    return table.each("modes", a_member(Mode), empty=f"name at least one of {', '.join(Mode)}") or default


def read_services(tables: list[Table], names: Names, *layers: Mapping[str, Any]) -> tuple[Service, ...]:
    """The services; ``layers`` are the rules of the practice and, for an own set, the provider's."""
    services = tuple(_service(table, names, *layers) for table in tables)
    check_unique(tables, "code", [service.code for service in services])
    return services


def _service(table: Table, names: Names, *layers: Mapping[str, Any]) -> Service:
    rules_table = table.table("rules")
    rules = read_rules(rules_table)
    if rules_table is not None:
        check_together(rules_table, *layers, rules)
    service = Service(
        code=table.need("code", a_word, ""),
        name=table.need("name", a_text(), ""),
        length=timedelta(minutes=table.need("minutes", a_whole(1, 1440), 1)),
        buffer_before=table.get("buffer_before", a_duration(_NO_TIME, _LONGEST_BUFFER), _NO_TIME),
        buffer_after=table.get("buffer_after", a_duration(_NO_TIME, _LONGEST_BUFFER), _NO_TIME),
        modes=read_modes(table, (Mode.IN_PERSON,)),
        active=table.get("active", a_flag, True),
        online=table.get("online", a_flag, True),
        new_clients=table.get("new_clients", a_flag, True),
        capacity=table.get("capacity", a_whole(1, 1000), 1),
        room=table.maybe("room", _a_room(names)),
        telehealth_url=table.maybe("telehealth_url", a_web_address),
        rules=rules,
    )
    if service.telehealth_url and Mode.TELEHEALTH not in service.modes:
        table.warn("has no use: modes does not name telehealth", "telehealth_url")
    table.done()
    return service


def _a_room(names: Names) -> Any:
    def read(value: object) -> str:
        if value != ANY_ROOM:
            return a_known("room", (*names.rooms, ANY_ROOM))(value)
        if not names.rooms:
            raise Wrong("no location has rooms: name them in [[locations]] rooms")
        return ANY_ROOM

    return read


def _a_room_name(value: object) -> str:
    text = a_text(100)(value)
    if text == ANY_ROOM:
        raise Wrong(f'"{ANY_ROOM}" means whichever room is free; give this room another name')
    return text


def read_locations(tables: list[Table]) -> tuple[Location, ...]:
    taken: set[str] = set()
    locations = tuple(_location(table, taken) for table in tables)
    check_unique(tables, "slug", [location.slug for location in locations])
    return locations


def _location(table: Table, taken: set[str]) -> Location:
    """``taken`` are the rooms of the locations before; services name rooms, so each has a name of its own."""
    rooms = table.each("rooms", _a_room_name) or ()
    for room in taken.intersection(rooms):
        table.wrong(f'"{room}" is a room of another location too; give this one another name', "rooms")
    taken.update(rooms)
    location = Location(
        slug=table.need("slug", a_slug, ""),
        name=table.need("name", a_text(), ""),
        address=table.get("address", a_text(500, empty=True), ""),
        hide_address=table.get("hide_address", a_flag, False),
        rooms=rooms,
    )
    table.done()
    return location
