from datetime import UTC, date, datetime, timedelta

import pytest

from booking.access import ACCESS_RULES
from booking.ladder import Fact, Rule, plain
from booking.obstacles import ALIKE, MODAL
from booking.phrases import WORDS


@pytest.mark.parametrize(
    "fact, text",
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=45), "45 minutes"),
        (timedelta(hours=24), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(0), "less than a minute"),
        (date(2026, 1, 12), "2026-01-12"),
        (datetime(2026, 1, 12, 9, 30, 15, tzinfo=UTC), "2026-01-12 09:30+00:00"),
        (3, "3"),
        ("telehealth", "telehealth"),
    ],
)
def test_facts_have_a_neutral_english_form(fact: Fact, text: str) -> None:
    assert plain(fact) == text


def test_every_rule_has_its_words() -> None:
    assert list(WORDS) == list(Rule)


def test_every_rule_has_exactly_one_place_where_it_is_decided() -> None:
    places = [*ACCESS_RULES, *ALIKE, *MODAL, Rule.ROOM, Rule.BLOCK, Rule.BLOCK_ONLINE]
    assert sorted(places) == sorted(Rule)
