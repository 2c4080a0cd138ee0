"""Secrets of accounts: the file names where they are, here they are fetched. Values stay out of every text and repr."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from booking.plain.names import an_email
from booking.plain.table import Table
from booking.plain.values import Wrong, a_text
from booking.practice import Account, Secret
from sync.http.addresses import AddressPolicy

SECRET_KEYS = ("password_env", "password_file", "password", "authorized_user_file", "service_account_file")
_LARGEST_FILE = 64 * 1024


@dataclass(frozen=True, slots=True)
class SecretValue:
    """``kind`` is ``password`` (the text as is), ``authorized_user`` (google-auth's JSON document) or
    ``service_account`` (Google's key file with the ``subject`` beside)."""

    kind: str
    text: str = field(repr=False)


AccountKey = tuple[str, str]
"""Provider slug and account name."""


@dataclass(slots=True)
class Sources:
    """Where secrets may come from, which accounts have one stored (``known``), and the ``values`` found."""

    environ: Mapping[str, str] = field(repr=False)
    base_dir: Path | None
    policy: AddressPolicy
    known: Mapping[AccountKey, Account]
    values: dict[AccountKey, SecretValue] = field(default_factory=dict)

    def stored(self, account: AccountKey, kind: str) -> Secret | None:
        """Where the stored secret came from; None if none is stored for an account of this kind."""
        known = self.known.get(account)
        return known.secret if known is not None and known.kind == kind else None


def read_secret(table: Table, account: AccountKey, kind: str, sources: Sources) -> Secret:
    """The names an account's table gives; what they lead to is put into ``sources.values``.

    A name that leads nowhere is a fault, but only a warning if the secret of just this name is stored: it stays.
    """
    given = [key for key in SECRET_KEYS if table.has(key)]
    for key in given[1:]:
        table.wrong(f"{given[0]} is given too; one secret is enough", key)
    literal = table.maybe("password", _a_password)
    secret = Secret(
        password_env=table.maybe("password_env", a_text()),
        password_file=table.maybe("password_file", a_text(1000)),
        authorized_user_file=table.maybe("authorized_user_file", a_text(1000)),
        service_account_file=table.maybe("service_account_file", a_text(1000)),
        subject=table.maybe("subject", an_email),
    )
    if secret.service_account_file is not None and not table.has("subject"):
        table.wrong(
            "this key is missing; it is the address of the person whose calendars are meant", "subject"
        )
    if secret.service_account_file is None and table.has("subject"):
        table.wrong("only an account with service_account_file has a subject", "subject")
    if literal is not None:
        table.warn(
            "a password in the file can be read by whoever reads the file; password_env names a variable"
        )
        sources.values[account] = SecretValue("password", literal)
    for key in given:
        name = getattr(secret, key) if key != "password" else None
        if name is None:
            continue
        try:
            sources.values[account] = _fetched(key, name, secret.subject or "", sources)
        except Wrong as error:
            if sources.stored(account, kind) == secret:
                table.warn(f"{error}: the stored secret is kept", key)
            else:
                table.wrong(str(error), key)
    return secret


def _a_password(value: object) -> str:
    text = a_text(1000)(value)
    if not text.strip():
        raise Wrong("must not be empty")
    return text


def _fetched(key: str, name: str, subject: str, sources: Sources) -> SecretValue:
    if key == "password_env":
        return SecretValue("password", _from_environment(name, sources.environ))
    if key == "password_file":
        text = _from_file(name, sources.base_dir).rstrip("\r\n")
        if not text:
            raise Wrong(f"the file {name} is empty")
        return SecretValue("password", text)
    if key == "service_account_file":
        text = _service_account(name, _from_file(name, sources.base_dir), subject)
        return SecretValue("service_account", text)
    return SecretValue("authorized_user", _authorized_user(name, _from_file(name, sources.base_dir)))


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name)
    if value is None:
        raise Wrong(f"the variable {name} is not set in the environment")
    if not value.strip():
        raise Wrong(f"the variable {name} is empty")
    return value


def _from_file(name: str, base_dir: Path | None) -> str:
    path = Path(name)
    if not path.is_absolute():
        if base_dir is None:
            raise Wrong(f"{name} is relative, but this text has no folder; write the whole path")
        path = base_dir / path
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise Wrong(f"the file {name} is larger than {_LARGEST_FILE // 1024} KiB")
        return content.decode()
    except OSError as error:
        raise Wrong(f"the file {name} cannot be read ({error.strerror or 'error'})") from error
    except UnicodeDecodeError as error:
        raise Wrong(f"the file {name} is not UTF-8 text") from error


def _authorized_user(name: str, text: str) -> str:
    """The document as it is, once it is known to be google-auth's authorized_user form."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"the file {name} is not JSON") from error
    if not isinstance(document, dict) or document.get("type", "authorized_user") != "authorized_user":
        raise Wrong(f"the file {name} is not of google-auth's authorized_user form")
    for key in ("refresh_token", "client_id", "client_secret"):
        if not isinstance(document.get(key), str) or not document[key]:
            raise Wrong(f"the file {name} has no {key}; it must be of google-auth's authorized_user form")
    return text


def _service_account(name: str, text: str, subject: str) -> str:
    """What is needed of Google's key file, with ``subject``, once it is known to be one."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"the file {name} is not JSON") from error
    if not isinstance(document, dict) or document.get("type") != "service_account":
        raise Wrong(f"the file {name} is no key of a Google service account")
    for key in ("client_email", "private_key"):
        if not isinstance(document.get(key), str) or not document[key]:
            raise Wrong(f"the file {name} has no {key}; download the service account's key again")
    kept = ("type", "client_email", "private_key", "private_key_id", "client_id", "token_uri")
    return json.dumps({key: document[key] for key in kept if key in document} | {"subject": subject})
