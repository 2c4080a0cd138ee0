"""A practice and its file say the same."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings

from booking.practice import Account, Practice, Provider
from service.practice_file.compare import changes
from service.practice_file.positions import line_index
from service.practice_file.render import render_practice
from tests.support.practice_text import GOOD, read
from tests.support.practices import practices

DEMO = Path(__file__).parents[4] / "service" / "demo" / "practice.toml"
ENVIRON = {"SECRET": "x"}


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=60)
@given(practices())
def test_a_rendered_practice_reads_as_itself_and_renders_the_same_again(practice: Practice) -> None:
    text = render_practice(practice)
    again = read(text, environ=ENVIRON).practice
    assert again == practice
    assert changes(practice, again) == ()
    assert render_practice(again) == text


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=20)
@given(practices())
def test_a_new_practice_is_told_without_its_secrets(practice: Practice) -> None:
    assert all("sesame" not in str(change) for change in changes(None, practice))


def test_the_order_is_the_practice_files() -> None:
    text = render_practice(read().practice)
    headers = [line.strip().strip("[]") for line in text.splitlines() if line.strip().startswith("[")]
    assert list(dict.fromkeys(headers)) == [
        "practice",
        "rules",
        "services",
        "locations",
        "providers",
        "providers.accounts",
        "providers.accounts.calendars",
        "providers.availability",
        "providers.overrides",
        "providers.holds",
        "clients",
        "users",
    ]


def test_a_literal_password_is_never_written() -> None:
    file = read(GOOD.replace('password_env = "ADA_CALDAV_PASSWORD"', 'password = "open sesame"'))
    assert "open sesame" not in render_practice(file.practice)
    assert "open sesame" not in repr(file)
    assert file.secrets["ada", "ada-home"].text == "open sesame"


def test_what_is_off_by_default_and_switched_on_is_written() -> None:
    practice = Practice("p", "P", "UTC", providers=(Provider("a", "A", "a@example.com", "UTC"),))
    text = render_practice(practice)
    assert text.count("self_scheduling = false") == 2


def test_an_own_empty_set_of_services_stays_empty() -> None:
    provider = Provider("a", "A", "a@example.com", "UTC", services=(), accounts=(Account("g", "google"),))
    practice = Practice("p", "P", "UTC", providers=(provider,))
    assert read(render_practice(practice)).practice == practice


def test_the_demo_practice_reads_without_warning_and_every_key_has_its_line() -> None:
    text = DEMO.read_text(encoding="utf-8")
    file = read(text, allow_private_hosts=True)
    assert file.warnings == ()
    assert [provider.slug for provider in file.practice.providers] == ["ada", "grace"]
    assert line_index(text)["users", 3, "email"] == len(text.splitlines()) - 1
