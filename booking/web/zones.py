"""The zones a client can choose from: one place for each set of clocks, by part of the world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale

from booking.web.words import offset, zone_city

_PLACES = {
    "America": "Adak Anchorage Argentina/Buenos_Aires Asuncion Bogota Caracas Chicago Denver Edmonton Halifax Havana "
    "La_Paz Lima Los_Angeles Mexico_City Montevideo New_York Noronha Nuuk Panama Phoenix Puerto_Rico Regina "
    "Santiago Sao_Paulo St_Johns Toronto Vancouver Winnipeg",
    "Europe": "Athens Berlin Chisinau Dublin Helsinki Istanbul Kyiv Lisbon London Madrid Moscow Paris Rome Samara "
    "Vienna Warsaw Zurich",
    "Africa": "Abidjan Cairo Casablanca Johannesburg Lagos Nairobi",
    "Asia": "Almaty Baghdad Baku Bangkok Beirut Dhaka Dubai Hong_Kong Jakarta Jerusalem Kabul Karachi Kathmandu "
    "Kolkata Manila Omsk Riyadh Seoul Shanghai Singapore Taipei Tashkent Tbilisi Tehran Tokyo Vladivostok Yangon "
    "Yekaterinburg",
    "Australia": "Adelaide Brisbane Darwin Eucla Hobart Lord_Howe Melbourne Perth Sydney",
    "Pacific": "Apia Auckland Chatham Fiji Guam Honolulu Kiritimati Marquesas Norfolk Noumea Pago_Pago Tongatapu",
    "Atlantic": "Azores Bermuda Canary Cape_Verde Reykjavik",
}

ZONES: Mapping[str, tuple[str, ...]] = {
    region: tuple(f"{region}/{place}" for place in places.split()) for region, places in _PLACES.items()
}


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """True for an IANA name this machine knows; it is looked up by name only, never as a path."""
    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def zone_choices(
    at: datetime, chosen: str, own: str, locale: Locale
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Regions with ``(zone, "New York (UTC−5)")``, the practice's zone and the chosen one first under ``""``."""

    def told(zone: str) -> tuple[str, str]:
        return zone, f"{zone_city(zone, locale)} ({offset(at.astimezone(ZoneInfo(zone)))})"

    first = [told(zone) for zone in dict.fromkeys((own, chosen))]
    named = {zone for zone, _ in first}
    rest = [
        (region, sorted((told(zone) for zone in zones if zone not in named), key=lambda item: item[1]))
        for region, zones in ZONES.items()
    ]
    return [("", first), *rest]
