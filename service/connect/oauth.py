"""The authorization code flow at Google (RFC 6749, 7636, 9700), and the end of what it gave (RFC 7009)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from service.connect.troubles import ConnectFailed, Trouble, of_token_answer
from service.google_client import GoogleClient
from service.setting_values import is_loopback
from sync.backends.google.scopes import SCOPES
from sync.http import AddressPolicy, GuardedSession, Limits, OutboundError

_PATIENCE = Limits().within(timedelta(seconds=20))


@dataclass(frozen=True, slots=True)
class Granted:
    """``document`` is google-auth's authorized_user form."""

    document: str = field(repr=False)
    scopes: frozenset[str]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(scope for scope in SCOPES if scope not in self.scopes)


def consent_url(
    client: GoogleClient, *, redirect_uri: str, state: str, verifier: str, login_hint: str | None = None
) -> str:
    """Where the browser goes. ``offline`` and ``consent`` together make Google give a refresh token every time."""
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(SCOPES),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",
    }
    if login_hint:
        asked["login_hint"] = login_hint
    return f"{client.auth_uri}?{urlencode(asked)}"


def exchange(client: GoogleClient, *, code: str, verifier: str, redirect_uri: str) -> Granted:
    """Redeem the code. Raises ``ConnectFailed``."""
    status, answer = _post(
        client.token_uri,
        {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        },
    )
    token = answer.get("refresh_token")
    if status != 200 or not isinstance(token, str) or not token:
        raise of_token_answer(status, answer)
    document = {
        "type": "authorized_user",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "refresh_token": token,
        "token_uri": client.token_uri,
    }
    return Granted(json.dumps(document), frozenset(str(answer.get("scope", "")).split()))


def revoke(revoke_uri: str, refresh_token: str) -> None:
    """End the access at Google; that it had ended before is no error. Raises ``ConnectFailed`` if it is not sure."""
    status, answer = _post(revoke_uri, {"token": refresh_token})
    # Google answers 400 for a token that opens nothing any more, where RFC 7009 2.2 wants 200.
    if status != 200 and not (status == 400 and answer.get("error") in ("invalid_token", "invalid_grant")):
        raise ConnectFailed(Trouble.NO_ANSWER, f"status {status}")


def _post(url: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
    parts = urlsplit(url)
    here = is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not here:
        raise ConnectFailed(Trouble.CLIENT, "the address of Google's sign-in is not https")
    try:
        with GuardedSession(url, policy=AddressPolicy(allow_private=here), limits=_PATIENCE) as session:
            response = session.request("POST", url, data=dict(form))
    except OutboundError as error:
        raise ConnectFailed(Trouble.NO_ANSWER, error.reason) from error
    try:
        answer = response.json()
    except ValueError:
        answer = {}
    return response.status_code, answer if isinstance(answer, dict) else {}
