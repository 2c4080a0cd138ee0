"""The OAuth client of this installation, as Google's own client_secrets.json states it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

GOOGLE_AUTH_URI = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"
CALLBACK = "/connect/google/callback"
"""Below BASE_URL; Google sends the browser here and compares the whole address with the registered ones."""


@dataclass(frozen=True, slots=True)
class GoogleClient:
    """``kind`` is ``web`` or ``installed``. ``redirect_uris`` are those registered when the file was downloaded."""

    kind: str
    client_id: str
    client_secret: str = field(repr=False)
    auth_uri: str = GOOGLE_AUTH_URI
    token_uri: str = GOOGLE_TOKEN_URI
    redirect_uris: tuple[str, ...] = ()

    @property
    def auth_origin(self) -> str:
        parts = urlsplit(self.auth_uri)
        return f"{parts.scheme}://{parts.netloc}"


def revoke_uri_beside(token_uri: str) -> str:
    """Where access is given back: beside the token endpoint, for Google's file does not name it."""
    parts = urlsplit(token_uri)
    return urlunsplit(parts._replace(path=parts.path.rpartition("/")[0] + "/revoke"))


def read_client(path: Path) -> GoogleClient:
    """The client that the file describes. Raises ``ValueError`` that says what is missing, ``OSError``."""
    kind, stated = _client_in(path)
    missing = [key for key in ("client_id", "client_secret") if not _text(stated, key)]
    if missing:
        raise ValueError(f"{path} has no {' and no '.join(missing)}; download it from Google again")
    uris = stated.get("redirect_uris")
    return GoogleClient(
        kind=kind,
        client_id=stated["client_id"],
        client_secret=stated["client_secret"],
        auth_uri=_text(stated, "auth_uri") or GOOGLE_AUTH_URI,
        token_uri=_text(stated, "token_uri") or GOOGLE_TOKEN_URI,
        redirect_uris=tuple(map(str, uris)) if isinstance(uris, list) else (),
    )


def token_uri_in(path: Path) -> str | None:
    """The token endpoint that the file names; None if it names none. Settings have checked that it can be read."""
    return _text(_client_in(path)[1], "token_uri")


def _client_in(path: Path) -> tuple[str, dict[str, Any]]:
    stated = json.loads(path.read_bytes())
    kind = "web" if stated.get("web") else "installed"
    client = stated.get(kind) or {}
    return kind, client if isinstance(client, dict) else {}


def _text(stated: dict[str, Any], key: str) -> str | None:
    value = stated.get(key)
    return value if isinstance(value, str) and value else None
