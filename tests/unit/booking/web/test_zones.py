"""The zones a client can choose from."""

from datetime import UTC, datetime
from itertools import chain
from zoneinfo import ZoneInfo, available_timezones

import pytest
from babel import Locale

from booking.web.zones import ZONES, is_zone, zone_choices

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def test_every_offset_that_people_live_in_can_be_chosen() -> None:
    """Antarctic stations aside."""
    peopled = {zone for zone in available_timezones() if zone.split("/")[0] in ZONES}
    known = {NOW.astimezone(ZoneInfo(zone)).utcoffset() for zone in chain.from_iterable(ZONES.values())}
    assert {NOW.astimezone(ZoneInfo(zone)).utcoffset() for zone in peopled} <= known


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "../../etc/passwd", "/etc/localtime", "America", "A" * 500]
)
def test_what_is_no_zone_is_told_apart(name: str) -> None:
    assert not is_zone(name)


def test_the_practices_zone_and_the_chosen_one_come_first() -> None:
    first = zone_choices(NOW, "Europe/London", "America/New_York", Locale("en"))[0]
    assert first == (
        "",
        [("America/New_York", "New York (UTC−4)"), ("Europe/London", "London (UTC+1)")],
    )


def test_no_zone_stands_there_twice() -> None:
    choices = zone_choices(NOW, "Europe/London", "America/New_York", Locale("en"))
    zones = [zone for _, found in choices for zone, _ in found]
    assert len(zones) == len(set(zones))


def test_a_zone_that_is_not_in_the_list_can_still_be_the_chosen_one() -> None:
    choices = zone_choices(NOW, "Asia/Ulaanbaatar", "America/New_York", Locale("en"))
    assert ("Asia/Ulaanbaatar", "Ulaanbaatar (UTC+8)") in choices[0][1]
