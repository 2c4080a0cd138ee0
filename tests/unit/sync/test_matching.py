"""Which calendar a line of the practice file means."""

import pytest

from sync.matching import Candidate, MatchFailed, MatchRule, assign

WORK = Candidate("/ada/w%C3%B6rk/", "Praxis")
HOME = Candidate("/ada/home/", "Home")
TWIN = Candidate("/ada/home-2/", "Home")


def meant(match: str, *calendars: Candidate) -> str:
    (remote_id,) = assign([MatchRule(match, "write")], calendars)
    return remote_id


@pytest.mark.parametrize("match", ["Praxis", "wörk", "/ada/w%C3%B6rk/", "/ada/w%C3%B6rk"])
def test_a_calendar_is_named_by_its_name_its_last_part_or_its_path(match: str) -> None:
    assert meant(match, WORK, HOME) == WORK.remote_id


def test_a_display_name_comes_before_a_path() -> None:
    other = Candidate("/ada/Praxis/", "Old")
    assert meant("Praxis", WORK, other) == WORK.remote_id


def test_a_rule_that_fits_none_names_what_there_is() -> None:
    with pytest.raises(MatchFailed, match='no calendar is named "Wrok"; the account has: "Home", "Praxis"'):
        assign([MatchRule("Wrok", "write")], [WORK, HOME])


def test_a_rule_that_fits_two_is_refused() -> None:
    with pytest.raises(MatchFailed, match='2 calendars are named "Home"'):
        assign([MatchRule("Home", "busy")], [HOME, TWIN])


def test_two_rules_for_one_calendar_are_refused() -> None:
    with pytest.raises(MatchFailed, match="name the same calendar"):
        assign([MatchRule("Home", "busy"), MatchRule("/ada/home/", "write")], [WORK, HOME])


def test_an_account_without_calendars_says_so() -> None:
    with pytest.raises(MatchFailed, match="the account has: none"):
        assign([MatchRule("Home", "busy")], [])


def test_calendars_that_no_rule_names_are_left_out() -> None:
    rule = MatchRule("Praxis", "write")
    assert assign([rule], [WORK, HOME]) == {WORK.remote_id: rule}


def test_names_are_compared_letter_by_letter() -> None:
    with pytest.raises(MatchFailed):
        assign([MatchRule("praxis", "write")], [WORK])
