"""Settings: what is read from where, what is refused, and that every problem is named at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from service.setting_values import Rate, RateLimits
from service.settings import Settings, SettingsInvalid, load_settings

ROOT = Path(__file__).resolve().parents[3]
FERNET = "x3FQn8v1p4Yx0uYJqTq3m0Qb3l8yq7o2mE4yqk2W6dE="
LONG_KEY = "fJ2l-9a8Vq0w3nRx7Tz5"
SHARED = {"SECRET_KEY": LONG_KEY, "ENCRYPTION_KEYS": FERNET}


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def load(dotenv: Path | None = None, **given: str) -> Settings:
        environ = {f"FREEHOLD_{name}": value for name, value in {"DATA_DIR": str(tmp_path), **given}.items()}
        return load_settings(environ, dotenv=dotenv)

    return load


def problems_of(load: Any, **given: str) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        load(**given)
    return caught.value.problems


def test_nothing_has_to_be_given(load: Any, tmp_path: Path) -> None:
    settings = load()
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.database_url.database == str(tmp_path / "freehold.db")
    assert settings.redis_url is None
    assert settings.rate_limits == RateLimits()


def test_the_data_folder_is_data_beside_us_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({}, dotenv=None).data_dir == tmp_path / "data"


def test_every_problem_is_reported_at_once_by_variable(load: Any) -> None:
    problems = problems_of(
        load, PORT="http", LOG_LEVEL="loud", CLOCK="+9d", TESTING="maybe", SECRET_KEY="changeme"
    )
    assert [problem.split()[0] for problem in problems] == [
        "FREEHOLD_SECRET_KEY",
        "FREEHOLD_LOG_LEVEL",
        "FREEHOLD_PORT",
        "FREEHOLD_TESTING",
        "FREEHOLD_CLOCK",
    ]


@pytest.mark.parametrize(
    "name,value,mend",
    [
        ("PORT", "0", "from 1 to 65535"),
        ("PORT", "65536", "from 1 to 65535"),
        ("WEB_CONCURRENCY", "many", "from 1 to 64"),
        ("TESTING", "si", "1/true/yes/on or 0/false/no/off"),
        ("LOG_LEVEL", "loud", "debug, info, warning, error, critical"),
        ("GOOGLE_PUSH", "sometimes", "auto, on, off"),
        ("HOST", "http://here", "address or a host name"),
        ("BASE_URL", "booking.example", "https://booking.example.com"),
        ("BASE_URL", "https://booking.example/path", "without a path"),
        ("BASE_URL", "http://[::1", "not a URL"),
        ("DATABASE_URL", "mysql://db/x", "postgresql://"),
        ("DATABASE_URL", "nonsense", "sqlite:///FILE"),
        ("DATABASE_URL", "sqlite://", "name a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "name a file"),
        ("DATABASE_URL", "postgresql://db", "name the database"),
        ("REDIS_URL", "http://x", "redis://"),
        ("REDIS_URL", "redis://queue.example", "without a password"),
        ("SMTP_URL", "mail.example", "smtp://"),
        ("MAIL_FROM", "Elm Street", "one address"),
        ("MAIL_FROM", "a@b.example\nBcc: x@y.example", "one address"),
        ("SECRET_KEY", "short", "token_urlsafe"),
        ("SECRET_KEY", "change-me-change-me", "token_urlsafe"),
        ("SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaa", "token_urlsafe"),
        ("ENCRYPTION_KEYS", "nonsense", "generate_key"),
        ("ENCRYPTION_KEYS", f"{FERNET},nonsense", "key 2"),
        ("RATE_LIMITS", "20", "requests=20/m,slots=300/m"),
        ("RATE_LIMITS", "requests=0/m", "requests=20/m,slots=300/m"),
        ("RATE_LIMITS", "requests=1/m,requests=2/m", "requests=20/m,slots=300/m"),
        ("GOOGLE_CLIENT_SECRETS", "/nowhere/at/all.json", "cannot be read"),
        ("GOOGLE_API_ENDPOINT", "https://google.example/calendar", "without a path"),
        ("GOOGLE_API_ENDPOINT", "http://google.example", "on this machine only"),
    ],
)
def test_a_wrong_value_is_named_with_its_mend(load: Any, name: str, value: str, mend: str) -> None:
    [problem] = problems_of(load, **SHARED | {name: value})
    assert problem.startswith(f"FREEHOLD_{name} ")
    assert mend in problem


@pytest.mark.parametrize(
    "name,value",
    [
        ("DATABASE_URL", "x://user:hu5h@host"),
        ("REDIS_URL", "x://user:hu5h@host"),
        ("SMTP_URL", "x://user:hu5h@host"),
        ("SECRET_KEY", "hu5h"),
        ("ENCRYPTION_KEYS", "hu5h"),
    ],
)
def test_a_wrong_secret_is_not_repeated(load: Any, name: str, value: str) -> None:
    assert "hu5h" not in " ".join(problems_of(load, **{name: value}))


@pytest.mark.parametrize("text", ["1", "true", "YES", "on"])
def test_these_words_mean_true(load: Any, text: str) -> None:
    assert load(ALLOW_PRIVATE_HOSTS=text).allow_private_hosts is True


@pytest.mark.parametrize("text", ["0", "False", "no", "OFF"])
def test_these_words_mean_false(load: Any, text: str) -> None:
    assert load(ALLOW_PRIVATE_HOSTS=text).allow_private_hosts is False


def test_an_empty_value_counts_as_not_given(load: Any) -> None:
    assert load(PORT="", BASE_URL="  ").port == 8000


def test_the_environment_wins_over_the_env_file(load: Any, tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text('FREEHOLD_PORT=9001\nFREEHOLD_MAIL_FROM="Elm Street <elm@example.com>"\nOTHER=1\n')
    settings = load(dotenv=dotenv, PORT="9002")
    assert (settings.port, settings.mail_from) == (9002, "Elm Street <elm@example.com>")


def test_an_unknown_variable_comes_with_the_nearest_right_name(load: Any) -> None:
    assert load(PROT="1", ZZZZ="1").unknown == (("FREEHOLD_PROT", "FREEHOLD_PORT"), ("FREEHOLD_ZZZZ", None))


def test_the_variable_a_parent_sets_for_its_children_is_not_unknown(load: Any) -> None:
    assert load(PARENT_PID="1").unknown == ()


@pytest.mark.parametrize(
    "text", ["postgresql://u:p@db/x", "postgres://u:p@db/x", "postgresql+psycopg://u:p@db/x"]
)
def test_every_form_of_a_postgresql_url_means_psycopg(load: Any, text: str) -> None:
    url = load(DATABASE_URL=text, **SHARED).database_url
    assert url.render_as_string(hide_password=False) == "postgresql+psycopg://u:p@db/x"


def test_a_postgresql_socket_is_kept(load: Any) -> None:
    url = load(DATABASE_URL="postgresql:///freehold?host=/run/postgresql", **SHARED).database_url
    assert url.query["host"] == "/run/postgresql"


def test_a_relative_sqlite_file_is_made_absolute(load: Any, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(DATABASE_URL="sqlite:///here.db").database_url.database == str(tmp_path / "here.db")


@pytest.mark.parametrize(
    "text",
    [
        "redis://127.0.0.1:6379/0",
        "redis://[::1]:6379",
        "redis://localhost",
        "unix:///run/q.sock",
        "rediss://:p@far",
    ],
)
def test_a_queue_server_nearby_or_with_a_password_is_accepted(load: Any, text: str) -> None:
    assert load(REDIS_URL=text, **SHARED).redis_url.get_secret_value() == text


@pytest.mark.parametrize("given", [{"REDIS_URL": "redis://localhost"}, {"DATABASE_URL": "postgresql://db/x"}])
def test_secrets_must_be_given_when_there_may_be_many_machines(load: Any, given: dict[str, str]) -> None:
    problems = problems_of(load, **given)
    assert [problem.split()[0] for problem in problems] == ["FREEHOLD_SECRET_KEY", "FREEHOLD_ENCRYPTION_KEYS"]


def test_secrets_made_at_first_start_are_kept_for_the_owner_only(load: Any, tmp_path: Path) -> None:
    first, second = load(), load()
    assert first.secret_key == second.secret_key
    assert first.encryption_keys == second.encryption_keys
    modes = {(tmp_path / name).stat().st_mode & 0o777 for name in ("secret_key", "encryption_keys")}
    assert modes == {0o600}


def test_processes_that_start_at_once_make_the_same_secrets(load: Any) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: load(), range(32)))
    assert len({(one.secret_key, one.encryption_keys) for one in found}) == 1


def test_the_first_encryption_key_stays_first(load: Any) -> None:
    other = Fernet.generate_key().decode()
    keys = load(ENCRYPTION_KEYS=f" {FERNET} ,{other},").encryption_keys
    assert [key.get_secret_value() for key in keys] == [FERNET, other]


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsInvalid, match="FREEHOLD_DATA_DIR"):
        load_settings({"FREEHOLD_DATA_DIR": str(tmp_path / "file" / "data")}, dotenv=None)


@pytest.mark.parametrize("name,value", [("CLOCK", "+9d"), ("FAILPOINTS", "mail.sent=kill"), ("LEASE", "1")])
def test_what_is_for_tests_is_refused_without_testing(load: Any, name: str, value: str) -> None:
    [problem] = problems_of(load, **{name: value})
    assert problem.startswith(f"FREEHOLD_{name} is for tests only")


@pytest.mark.parametrize(
    "text,clock",
    [
        ("+9d", timedelta(days=9)),
        ("+36h", timedelta(hours=36)),
        ("2026-03-08T06:59:00Z", datetime(2026, 3, 8, 6, 59, tzinfo=UTC)),
    ],
)
def test_the_clock_is_a_shift_or_an_instant(load: Any, text: str, clock: object) -> None:
    assert load(TESTING="1", CLOCK=text).clock == clock


@pytest.mark.parametrize("text", ["-9d", "9d", "tomorrow", "2026-03-08T06:59:00"])
def test_a_clock_that_goes_back_or_has_no_offset_is_refused(load: Any, text: str) -> None:
    assert problems_of(load, TESTING="1", CLOCK=text)


@pytest.mark.parametrize(
    "text,limits",
    [
        ("off", RateLimits(None, None)),
        ("requests=5/s", RateLimits(Rate(5, timedelta(seconds=1)), Rate(300, timedelta(minutes=1)))),
        ("requests=1/h, slots=2/d", RateLimits(Rate(1, timedelta(hours=1)), Rate(2, timedelta(days=1)))),
    ],
)
def test_rate_limits_are_read(load: Any, text: str, limits: RateLimits) -> None:
    assert load(RATE_LIMITS=text).rate_limits == limits


def test_a_malformed_failpoint_is_named(load: Any) -> None:
    [problem] = problems_of(load, TESTING="1", FAILPOINTS="mail.sent=explode")
    assert problem.startswith("FREEHOLD_FAILPOINTS ")


def test_a_lease_is_a_number_of_seconds(load: Any) -> None:
    assert load(TESTING="1", LEASE="1.5").lease == timedelta(seconds=1.5)


@pytest.mark.parametrize("text", ["0", "0.1", "1h", "nan", "1e9"])
def test_a_lease_too_short_or_too_long_is_refused(load: Any, text: str) -> None:
    [problem] = problems_of(load, TESTING="1", LEASE=text)
    assert problem.startswith("FREEHOLD_LEASE ")


def test_cookies_are_secure_when_clients_come_by_https(load: Any) -> None:
    assert load(BASE_URL="https://booking.example/").cookie_secure
    assert not load(BASE_URL="http://booking.example").cookie_secure


@pytest.mark.parametrize(
    "host,base,local",
    [
        ("0.0.0.0", "http://0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses_follow_the_host(load: Any, host: str, base: str, local: str) -> None:
    settings = load(HOST=host)
    assert (settings.base_url, settings.local_url) == (base, local)


def test_secrets_are_not_printed(load: Any) -> None:
    settings = load(
        DATABASE_URL="postgresql://u:hu5h1@db/x",
        REDIS_URL="redis://:hu5h2@localhost",
        SMTP_URL="smtp://u:hu5h3@mail.example",
        **SHARED,
    )
    printed = repr(settings) + str(settings)
    assert not [secret for secret in ("hu5h", LONG_KEY, FERNET) if secret in printed]


def test_settings_cannot_be_changed(load: Any) -> None:
    with pytest.raises(ValidationError):
        load().port = 1


def test_a_file_of_google_is_read_as_a_path(load: Any, tmp_path: Path) -> None:
    path = tmp_path / "client_secrets.json"
    path.write_text('{"web": {}}')
    assert load(GOOGLE_CLIENT_SECRETS=str(path)).google_client_secrets == path


@pytest.mark.parametrize("content,mend", [("nonsense", "not JSON"), ("{}", "client_secrets.json")])
def test_a_file_that_is_not_of_google_is_refused(load: Any, tmp_path: Path, content: str, mend: str) -> None:
    path = tmp_path / "client_secrets.json"
    path.write_text(content)
    assert mend in problems_of(load, GOOGLE_CLIENT_SECRETS=str(path))[0]


def test_python_without_assertions_is_refused_in_one_sentence() -> None:
    command = "from service.settings import refuse_optimised as refuse; refuse()"
    found = subprocess.run(
        [sys.executable, "-O", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode != 0
    assert "does not run under python -O" in found.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "push, base, endpoint, wanted",
    [
        ("auto", "https://booking.example", None, True),
        ("auto", "http://booking.example", None, False),
        ("auto", "http://127.0.0.1:8000", "http://127.0.0.1:9000", True),
        ("auto", "http://127.0.0.1:8000", "https://localhost:9000", True),
        ("auto", "http://booking.example", "https://google.example", False),
        ("on", "http://booking.example", None, True),
        ("off", "https://booking.example", "http://127.0.0.1:9000", False),
    ],
)
def test_push_is_on_where_google_can_reach_us_or_where_that_is_said(
    load: Any, push: str, base: str, endpoint: str | None, *, wanted: bool
) -> None:
    given = {"GOOGLE_PUSH": push, "BASE_URL": base} | ({"GOOGLE_API_ENDPOINT": endpoint} if endpoint else {})
    assert load(**given).google_push_address == (f"{base}/hooks/google" if wanted else None)


def test_google_s_requests_per_minute_are_a_whole_number(load: Any) -> None:
    assert load().google_requests_per_minute == 6_000
    assert load(GOOGLE_REQUESTS_PER_MINUTE="600").google_requests_per_minute == 600
    assert problems_of(load, GOOGLE_REQUESTS_PER_MINUTE="many")[0].startswith("FREEHOLD_GOOGLE_REQUESTS")
