"""What the program is told from outside: variables FREEHOLD_..., of the environment or a ``.env`` file."""

import difflib
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import BaseModel, ConfigDict, SecretStr
from pydantic_settings import BaseSettings, DotEnvSettingsSource
from sqlalchemy import URL

from service import failpoints
from service import setting_values as read
from service.kept_secrets import kept_secret
from service.setting_values import RateLimits

PREFIX: Final = "FREEHOLD_"
KEPT: Final = "settings.env"
_DATA_DIR: Final = "data"
# Set by a parent process for its children, never by people.
INTERNAL: Final = frozenset({"FREEHOLD_PARENT_PID"})

_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "DATABASE_URL": read.database_url,
    "REDIS_URL": read.redis_url,
    "DATA_DIR": read.directory,
    "SECRET_KEY": read.secret_key,
    "ENCRYPTION_KEYS": read.encryption_keys,
    "BASE_URL": read.base_url,
    "GOOGLE_CLIENT_SECRETS": read.google_client_secrets,
    "GOOGLE_API_ENDPOINT": read.google_api_endpoint,
    "SMTP_URL": read.smtp_url,
    "MAIL_FROM": read.mail_from,
    "LOG_LEVEL": read.log_level,
    "ALLOW_PRIVATE_HOSTS": read.boolean,
    "WEB_CONCURRENCY": read.web_concurrency,
    "HOST": read.host,
    "PORT": read.port,
    "RATE_LIMITS": read.rate_limits,
    "GOOGLE_PUSH": read.google_push,
    "GOOGLE_REQUESTS_PER_MINUTE": read.requests_per_minute,
    "TESTING": read.boolean,
    "CLOCK": read.clock,
    "FAILPOINTS": failpoints.checked,
    "LEASE": read.lease,
}


class SettingsInvalid(Exception):
    """The program cannot start with what it was told; ``problems`` names each variable and the mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """All settings, read and typed once. Built by ``load_settings``; secrets print as asterisks."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    database_url: URL
    redis_url: SecretStr | None = None
    data_dir: Path
    secret_key: SecretStr
    encryption_keys: tuple[SecretStr, ...]
    base_url: str
    google_client_secrets: Path | None = None
    google_api_endpoint: str | None = None
    smtp_url: SecretStr | None = None
    mail_from: str
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    allow_private_hosts: bool = False
    web_concurrency: int = 2
    host: str = "127.0.0.1"
    port: int = 8000
    rate_limits: RateLimits = RateLimits()
    google_push: Literal["auto", "on", "off"] = "auto"
    google_requests_per_minute: int = 6_000
    """Of the whole project, all machines together; Google's own quota is 10,000 unless the project has another."""
    testing: bool = False
    clock: timedelta | datetime | None = None
    failpoints: str = ""
    lease: timedelta | None = None
    """How long an account stays reserved for a worker that has ended; None: the engine's own length."""
    unknown: tuple[tuple[str, str | None], ...] = ()
    """Variables nobody reads, each with the nearest right name, if one is near."""

    @property
    def cookie_secure(self) -> bool:
        """Whether cookies may travel over https only."""
        return self.base_url.startswith("https://")

    @property
    def google_push_address(self) -> str | None:
        """Where Google is to post its messages, None if it is not to. Auto: to https, or on this machine."""
        endpoint = self.google_api_endpoint
        reachable = self.base_url.startswith("https://") or (
            endpoint is not None and read.is_loopback(urlsplit(endpoint).hostname or "")
        )
        if self.google_push == "off" or (self.google_push == "auto" and not reachable):
            return None
        return f"{self.base_url}/hooks/google"

    @property
    def local_url(self) -> str:
        """Where this machine reaches the web server, whatever name the outside uses."""
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return _origin(reachable, self.port)


def load_settings(environ: Mapping[str, str] | None = None, dotenv: str | Path | None = ".env") -> Settings:
    """The settings of ``environ`` (default: the process's), then of the file ``dotenv``, then of settings.env in the
    data folder, which the demonstration keeps for every command on its data; then the defaults.

    An empty value counts as not given. Makes and keeps the secrets of a single machine that were not given.
    Raises SettingsInvalid with every problem there is.
    """
    given = _given(os.environ if environ is None else environ, dotenv)
    given = _given({}, Path(given.get("DATA_DIR", _DATA_DIR)).expanduser() / KEPT) | given
    values, problems = _read_all(given)
    problems += _contradictions(given, values)
    if not problems:
        problems += _complete(values)
    if problems:
        raise SettingsInvalid(problems)
    return Settings(**values, unknown=_unknown(given))


def refuse_optimised() -> None:
    """Raises SettingsInvalid under ``python -O``: the iCalendar parser guards its input by assertions."""
    if sys.flags.optimize:
        raise SettingsInvalid(
            ["Freehold does not run under python -O or PYTHONOPTIMIZE: it removes checks we need."]
        )


def _given(environ: Mapping[str, str], dotenv: str | Path | None) -> dict[str, str]:
    """Our variables without their prefix, blanks dropped; the environment wins over the file."""
    found: dict[str, str | None] = {}
    if dotenv is not None and Path(dotenv).is_file():
        found.update(DotEnvSettingsSource(BaseSettings, env_file=dotenv, case_sensitive=True).env_vars)
    found.update(environ)
    return {
        name.removeprefix(PREFIX): value.strip()
        for name, value in found.items()
        if name.startswith(PREFIX) and name not in INTERNAL and value and value.strip()
    }


def _read_all(given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, reader in _READERS.items():
        if name not in given:
            continue
        try:
            values[name.lower()] = reader(given[name])
        except ValueError as error:
            problems.append(f"{PREFIX}{name} {error}")
    return values, problems


def _contradictions(given: Mapping[str, str], values: Mapping[str, Any]) -> list[str]:
    problems = []
    if not values.get("testing", False):
        problems += [
            f"{PREFIX}{name} is for tests only: remove it, or set {PREFIX}TESTING=1 if no real clients book"
            for name in ("CLOCK", "FAILPOINTS", "LEASE")
            if name in given
        ]
    shared = [name for name in ("REDIS_URL", "DATABASE_URL") if _is_shared(name, given)]
    if shared:
        why = f"must be given when {PREFIX}{shared[0]} names a server, for every machine needs the same"
        problems += [
            f"{PREFIX}{name} {why}; make it once with: {command}"
            for name, command in (
                ("SECRET_KEY", read.SECRET_KEY_COMMAND),
                ("ENCRYPTION_KEYS", read.ENCRYPTION_KEY_COMMAND),
            )
            if name not in given
        ]
    return problems


def _is_shared(name: str, given: Mapping[str, str]) -> bool:
    return name in given and not given[name].startswith("sqlite")


def _complete(values: dict[str, Any]) -> list[str]:
    """Fills in what depends on other settings; returns what went wrong with the data folder."""
    host, port = values.get("host", "127.0.0.1"), values.get("port", 8000)
    folder: Path = values.setdefault("data_dir", Path(_DATA_DIR).absolute())
    values.setdefault("base_url", _origin(host, port))
    domain = urlsplit(values["base_url"]).hostname
    values.setdefault("mail_from", f"Freehold <no-reply@{domain}>")
    values.setdefault("database_url", URL.create("sqlite", database=str(folder / "freehold.db")))
    try:
        if "secret_key" not in values:
            values["secret_key"] = SecretStr(kept_secret(folder / "secret_key", _new_secret_key))
        if "encryption_keys" not in values:
            kept = kept_secret(folder / "encryption_keys", lambda: Fernet.generate_key().decode())
            values["encryption_keys"] = read.encryption_keys(kept.replace("\n", ","))
    except OSError as error:
        return [f"{PREFIX}DATA_DIR {folder} cannot keep the secrets made at first start: {error.strerror}"]
    except ValueError as error:
        return [f"{PREFIX}DATA_DIR {folder} holds a damaged secret: {error}"]
    return []


def _new_secret_key() -> str:
    return os.urandom(48).hex()


def _origin(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _unknown(given: Mapping[str, str]) -> tuple[tuple[str, str | None], ...]:
    unknown = []
    for name in sorted(given.keys() - _READERS.keys()):
        near = difflib.get_close_matches(name.upper(), _READERS, n=1, cutoff=0.6)
        unknown.append((PREFIX + name, PREFIX + near[0] if near else None))
    return tuple(unknown)
