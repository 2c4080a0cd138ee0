"""Whom a free time suits, who comes first, and how long an offer is kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from booking.availability import Slot
from booking.practice import Mode, Privilege
from booking.rules import Rules
from booking.waitlist import Part, Waiting, first_that_suits, in_order, kept_until

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEN = datetime(2026, 11, 25, 15, tzinfo=UTC)
"""Wednesday, 10 o'clock in New York."""
ZONE = "America/New_York"
ANY = Waiting("w", "90834", None, ZONE, frozenset(), Part.ANY, None, None, NOW)


def slot(start: datetime = TEN) -> Slot:
    return Slot(start, start + timedelta(minutes=45), (Mode.IN_PERSON,))


@pytest.mark.parametrize(
    "wish,suits",
    [
        ({}, True),
        ({"days": frozenset({2})}, True),
        ({"days": frozenset({1})}, False),
        ({"part": Part.MORNING}, True),
        ({"part": Part.AFTERNOON}, False),
        ({"zone": "Europe/Berlin", "part": Part.AFTERNOON}, True),
        ({"first": date(2026, 11, 25), "last": date(2026, 11, 25)}, True),
        ({"first": date(2026, 11, 26)}, False),
        ({"last": date(2026, 11, 24)}, False),
        ({"mode": "telehealth"}, False),
        ({"seen": frozenset({TEN})}, False),
    ],
)
def test_a_time_suits_if_every_wish_is_met(wish: dict[str, object], suits: bool) -> None:
    assert replace(ANY, **wish).suits(slot()) is suits  # type: ignore[arg-type]


def test_whoever_waits_longest_comes_first_and_one_offer_at_a_time_is_enough() -> None:
    late = replace(ANY, id="late", joined_at=NOW + timedelta(minutes=1))
    served = replace(ANY, id="offered", offered=True)
    assert [each.id for each in in_order([late, served, ANY])] == ["w", "late"]


def test_the_earliest_time_that_suits_is_offered() -> None:
    later = slot(TEN + timedelta(hours=3))
    assert first_that_suits(replace(ANY, part=Part.AFTERNOON), [slot(), later]) == later


def test_an_offer_lasts_two_hours_or_until_the_notice() -> None:
    rules = Rules(minimum_notice=timedelta(hours=24))
    assert kept_until(TEN, rules, zone=ZONE, now=NOW) == NOW + timedelta(hours=2)
    near = TEN - timedelta(hours=24, minutes=30)
    assert kept_until(TEN, rules, zone=ZONE, now=near) == TEN - timedelta(hours=24)
    assert kept_until(TEN, rules, zone=ZONE, now=TEN - timedelta(hours=24)) is None


def test_for_a_client_with_longer_notice_an_offer_ends_with_that() -> None:
    rules = Rules(minimum_notice=timedelta(hours=24), longer_notice=timedelta(hours=72))
    near = TEN - timedelta(hours=73)
    longer = Privilege.LONGER_NOTICE
    assert kept_until(TEN, rules, zone=ZONE, privilege=longer, now=near) == TEN - timedelta(hours=72)
