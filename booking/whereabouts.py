"""Where an appointment takes place, told to the client: the place, and the address of a video session."""

from __future__ import annotations

from collections.abc import Sequence

from booking.practice import Location, Mode


def place(mode: str, locations: Sequence[Location], *, room_of: Location | None, certain: bool) -> str:
    """Name and address of the place; empty for a video session, and where several places are possible.

    ``room_of`` is where the room lies that is taken. An address that is to stay hidden is told once it is ``certain``.
    """
    if mode != Mode.IN_PERSON.value:
        return ""
    found = room_of or (locations[0] if len(locations) == 1 else None)
    if found is None:
        return ""
    shown = found.address if certain or not found.hide_address else ""
    return ", ".join(part for part in (found.name, shown) if part)


def video(mode: str, telehealth_url: str, *, certain: bool) -> str:
    """The address of the video session, once the appointment is ``certain``; empty if there is none."""
    return telehealth_url if certain and mode == Mode.TELEHEALTH.value else ""
