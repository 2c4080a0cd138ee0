"""Reads one setting's text into its value. Every reader raises ValueError with what is wrong and the mend."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

SECRET_KEY_COMMAND = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'
ENCRYPTION_KEY_COMMAND = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_SHORTEST_LEASE, _LONGEST_LEASE = timedelta(seconds=0.5), timedelta(minutes=15)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DATABASE_FORMS = "sqlite:///FILE, postgresql://, postgres:// or postgresql+psycopg://"
_KNOWN_KEYS = re.compile(
    r"((change|me|secret|default|example|key|dev|password|insecure)[\W_\d]*)+", re.IGNORECASE
)


@dataclass(frozen=True)
class Rate:
    """At most ``count`` calls in any ``per``."""

    count: int
    per: timedelta


@dataclass(frozen=True)
class RateLimits:
    """Public limits per address; None means no limit."""

    requests: Rate | None = Rate(20, timedelta(minutes=1))
    slots: Rate | None = Rate(300, timedelta(minutes=1))


def boolean(text: str) -> bool:
    word = text.lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"must be 1/true/yes/on or 0/false/no/off, not {text!r}")


def whole_number(text: str, *, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not low <= int(text) <= high:
        raise ValueError(f"must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def port(text: str) -> int:
    return whole_number(text, low=1, high=65535)


def web_concurrency(text: str) -> int:
    return whole_number(text, low=1, high=64)


def host(text: str) -> str:
    if re.search(r"[\s/@?#]", text) or "://" in text:
        raise ValueError(f"must be an address or a host name to listen on, such as 127.0.0.1, not {text!r}")
    return text


def choice(text: str, *options: str) -> str:
    word = text.lower()
    if word not in options:
        raise ValueError(f"must be one of {', '.join(options)}, not {text!r}")
    return word


def log_level(text: str) -> str:
    word = text.lower()
    return choice("warning" if word == "warn" else text, "debug", "info", "warning", "error", "critical")


def requests_per_minute(text: str) -> int:
    return whole_number(text, low=60, high=1_000_000)


def google_push(text: str) -> str:
    word = text.lower()
    if word in _TRUE:
        return "on"
    if word in _FALSE:
        return "off"
    return choice(text, "auto", "on", "off")


def directory(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is a file; name a folder")
    return path


def database_url(text: str) -> URL:
    """A URL for SQLAlchemy's ``create_engine``: SQLite with an absolute path, PostgreSQL by psycopg 3."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(f"is not a database URL; use {_DATABASE_FORMS}") from None
    if url.drivername in {"sqlite", "sqlite+pysqlite"}:
        if url.host or not url.database or url.database == ":memory:":
            raise ValueError("must name a file, as sqlite:///freehold.db: several processes share it")
        return url.set(drivername="sqlite", database=str(Path(url.database).expanduser().absolute()))
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        if not url.database:
            raise ValueError("must name the database, as postgresql://USER:PASSWORD@HOST/DATABASE")
        return url.set(drivername="postgresql+psycopg")
    raise ValueError(f"cannot use {url.drivername!r}; use {_DATABASE_FORMS}")


def is_loopback(name: str) -> bool:
    """True for localhost and for literal addresses of this machine; names are not resolved."""
    if name.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def redis_url(text: str) -> SecretStr:
    parts = _split(text)
    if parts.scheme == "unix":
        if not parts.path:
            raise ValueError("must name the socket, as unix:///run/valkey/valkey.sock")
        return SecretStr(text)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("must be redis://, rediss:// or unix:// with a host or a socket")
    if not parts.password and not is_loopback(parts.hostname):
        raise ValueError(
            "names a server on another machine without a password; whoever reaches it could run jobs here. "
            "Set one there (requirepass or an ACL user) and write it as redis://:PASSWORD@HOST"
        )
    return SecretStr(text)


def smtp_url(text: str) -> SecretStr:
    parts = _split(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must be smtp:// or smtps:// with a host, as smtp://USER:PASSWORD@mail.example:587")
    return SecretStr(text)


def mail_from(text: str) -> str:
    _, address = parseaddr(text)
    if not re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", address) or not text.isprintable():
        raise ValueError('must be one address, as booking@example.com or "Elm Street <booking@example.com>"')
    return text


def base_url(text: str) -> str:
    """The origin clients reach us at, without a trailing slash."""
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be http:// or https:// with a host, as https://booking.example.com")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        raise ValueError("must be scheme://host:port without a path, a query or a user")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def google_api_endpoint(text: str) -> str:
    endpoint = base_url(text)
    if endpoint.startswith("http://") and not is_loopback(urlsplit(endpoint).hostname or ""):
        raise ValueError("may be http:// on this machine only; use https://")
    return endpoint


def google_client_secrets(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{path} is not JSON; download client_secrets.json from Google again") from None
    if not isinstance(content, dict) or not {"web", "installed"} & content.keys():
        raise ValueError(f'{path} has neither "web" nor "installed"; it is no client_secrets.json of Google')
    return path


def secret_key(text: str) -> SecretStr:
    if len(text) < 16 or len(set(text)) < 3 or _KNOWN_KEYS.fullmatch(text):
        raise ValueError(f"is too easy to guess; make one with: {SECRET_KEY_COMMAND}")
    return SecretStr(text)


def encryption_keys(text: str) -> tuple[SecretStr, ...]:
    """Fernet keys in the order given: the first encrypts, all decrypt."""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            mend = f"make one with: {ENCRYPTION_KEY_COMMAND}"
            raise ValueError(f"key {position} is not a Fernet key; {mend}") from None
    if not keys:
        raise ValueError(f"holds no key; make one with: {ENCRYPTION_KEY_COMMAND}")
    return tuple(SecretStr(key) for key in keys)


def rate_limits(text: str) -> RateLimits:
    """``off``, or a list such as ``requests=20/m,slots=300/m``; what is not named keeps its default."""
    if text.lower() == "off":
        return RateLimits(requests=None, slots=None)
    given: dict[str, Rate] = {}
    for item in text.split(","):
        match = re.fullmatch(r"\s*(requests|slots)\s*=\s*([1-9]\d{0,8})\s*/\s*([smhd])\s*", item, re.ASCII)
        if match is None or match[1] in given:
            raise ValueError(f'must be off or "requests=20/m,slots=300/m" (per s, m, h or d), not {text!r}')
        given[match[1]] = Rate(int(match[2]), timedelta(seconds=_UNIT_SECONDS[match[3]]))
    return RateLimits(**given)


def clock(text: str) -> timedelta | datetime:
    """A shift such as ``+9d`` (h, m, s, w too; a day is 24 h), or the instant the program is to start at."""
    shift = re.fullmatch(r"\+(\d{1,5})([smhdw])", text, re.ASCII)
    if shift is not None:
        return timedelta(seconds=int(shift[1]) * _UNIT_SECONDS[shift[2]])
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"must be a shift such as +9d or an instant with its offset, not {text!r}") from None
    if instant.tzinfo is None:
        raise ValueError(f"needs an offset, as {text}Z")
    return instant


def lease(text: str) -> timedelta:
    """Seconds, at least one half."""
    try:
        length = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        length = timedelta(0)
    if not _SHORTEST_LEASE <= length <= _LONGEST_LEASE:
        raise ValueError(f"must be a number of seconds from 0.5 to 900, not {text!r}")
    return length


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # reading it checks it
    except ValueError:
        raise ValueError("is not a URL") from None
    return parts
