"""Changes are told one a line, and secrets are not told."""

from dataclasses import replace

from booking.practice import Practice
from service.practice_file.compare import change_lines, changes
from tests.support.practice_text import GOOD, read


def told(old: Practice | None, new: Practice) -> list[str]:
    return change_lines(changes(old, new))


def changed(before: str, after: str) -> list[str]:
    """The lines told when one piece of the good text is replaced."""
    assert before in GOOD
    return told(read().practice, read(GOOD.replace(before, after, 1)).practice)


def test_nothing_changed_is_one_line() -> None:
    assert told(read().practice, read().practice) == ["0 changes"]


def test_a_changed_value_is_told_old_and_new() -> None:
    assert changed("minutes = 45", "minutes = 50") == ["~ services[90834].minutes: 45 -> 50", "1 changes"]


def test_a_default_that_is_left_becomes_visible() -> None:
    assert changed("minutes = 45", "minutes = 45\nactive = false") == [
        "~ services[90834].active: true -> false",
        "1 changes",
    ]


def test_a_stated_rule_is_added_and_removed() -> None:
    assert changed('closed_after = "60m"', 'closed_after = "60m"\nhorizon = "90d"') == [
        '+ rules.horizon: (none) -> "90d"',
        "1 changes",
    ]
    assert changed('minimum_notice = "24h"\n', "") == ['- rules.minimum_notice: "24h" -> (none)', "1 changes"]


def test_a_new_provider_is_told_table_by_table() -> None:
    lines = changed(
        "[notices]",
        '[[providers]]\nslug = "bo"\nname = "Bo"\nemail = "bo@example.com"\ntimezone = "UTC"\n\n[notices]',
    )
    bo = 'slug = "bo", name = "Bo", email = "bo@example.com", timezone = "UTC", self_scheduling = false'
    assert lines == [f"+ providers[bo]: (none) -> {{ {bo} }}", "1 changes"]


def test_a_moved_block_is_one_removed_and_one_added() -> None:
    lines = changed('start = "09:00"', 'start = "10:00"')
    assert [line[:30] for line in lines[:2]] == [
        "- providers[ada].availability[",
        "+ providers[ada].availability[",
    ]


def test_the_order_of_services_is_told() -> None:
    practice = read().practice
    turned = replace(practice, services=practice.services[::-1])
    assert told(practice, turned) == ["~ services.order: 90834, 90791 -> 90791, 90834", "1 changes"]


def test_the_order_of_blocks_and_clients_means_nothing() -> None:
    text = GOOD.replace(
        "[[users]]", '[[clients]]\nid = "c-2"\nname = "Mary"\nemail = "m@example.com"\n\n[[users]]', 1
    )
    practice = read(text).practice
    assert told(practice, replace(practice, clients=practice.clients[::-1])) == ["0 changes"]


def test_a_hold_whose_name_has_blanks_is_quoted() -> None:
    lines = changed('name = "evening"', 'name = "late evening"')
    assert lines[0].startswith('+ providers[ada].holds["late evening"]: (none) -> {')


def test_secrets_are_told_as_set_or_changed_only() -> None:
    practice = read().practice
    account = ("ada", "ada-home")
    path = "providers[ada].accounts[ada-home].secret"
    assert (
        change_lines(changes(practice, practice, secrets={account: False}))[0] == f"+ {path}: (none) -> (set)"
    )
    assert (
        change_lines(changes(practice, practice, secrets={account: True}))[0]
        == f"~ {path}: (set) -> (changed)"
    )


def test_a_new_practice_is_all_added() -> None:
    found = changes(None, read().practice)
    assert {change.kind for change in found} == {"+"}
