"""Rules and releases survive the way into the database and back."""

import json
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given

from booking.plain.release import release_from_plain, release_plain
from booking.plain.rules import RULES, rules_from_plain, rules_plain
from booking.practice import Release, ReleaseStage, WeeklyRelease
from booking.rules import RULE_NAMES
from tests.support.practices import rules


def test_every_rule_has_its_key() -> None:
    assert {rule.field for rule in RULES.values()} == RULE_NAMES


@given(rules())
def test_stated_rules_survive_json(stated: dict[str, Any]) -> None:
    assert rules_from_plain(json.loads(json.dumps(rules_plain(stated)))) == stated


def test_stored_rules_that_nobody_can_have_written_are_an_error() -> None:
    with pytest.raises(ValueError, match="horizon"):
        rules_from_plain({"horizon": "soon"})


@pytest.mark.parametrize(
    "release,plain",
    [
        (None, "manual"),
        (WeeklyRelease(4, time(18), 1), {"day": "fr", "time": "18:00", "weeks_ahead": 1}),
        ((ReleaseStage(exact=timedelta(hours=48)),), {"before": "48h"}),
        ((ReleaseStage(days=14),), {"before": "14d"}),
        ((ReleaseStage(days=3, to=("tag:regulars",)),), [{"to": ["tag:regulars"], "before": "3d"}]),
        (
            (ReleaseStage(days=7, to=("status:active",)), ReleaseStage(exact=timedelta(minutes=90))),
            [{"to": ["status:active"], "before": "7d"}, {"before": "90m"}],
        ),
    ],
)
def test_a_release_survives_json(release: Release, plain: object) -> None:
    assert release_plain(release) == plain
    assert release_from_plain(json.loads(json.dumps(plain))) == release


def test_two_days_and_48_hours_are_not_the_same_release() -> None:
    assert release_from_plain({"before": "2d"}) != release_from_plain({"before": "48h"})
