"""The OAuth client of this installation, as Google's own client_secrets.json states it."""

from __future__ import annotations

import json
from pathlib import Path


def token_uri_in(path: Path) -> str | None:
    """The token endpoint that the file names; None if it names none. Settings have checked that it can be read."""
    stated = json.loads(path.read_bytes())
    client = stated.get("web") or stated.get("installed") or {}
    uri = client.get("token_uri") if isinstance(client, dict) else None
    return uri if isinstance(uri, str) and uri else None
