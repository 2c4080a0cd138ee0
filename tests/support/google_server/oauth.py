"""Consent page, token and revocation endpoints: authorization code with PKCE, refresh, expiry, revocation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import itertools
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

CLIENT_ID = "freehold-test.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-only-for-tests"
ALL_SCOPES = (
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
)
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_CODE_LASTS = timedelta(minutes=10)
_ACCESS_LASTS = timedelta(hours=1)


class OAuthError(Exception):
    """RFC 6749 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status

    def body(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}


@dataclass
class Grant:
    """What a person gave to a client; ``alive`` until it is revoked."""

    email: str
    client_id: str
    scopes: tuple[str, ...]
    alive: bool = True


@dataclass
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str
    expires: datetime


@dataclass
class Access:
    grant: Grant
    expires: datetime


@dataclass
class ServiceAccount:
    """``delegated`` are the scopes that the domain's administrator gave it."""

    public_key: bytes
    delegated: tuple[str, ...]


@dataclass
class OAuth:
    """One registered web client; ``redirect_uris`` are compared whole, as Google does."""

    now: Callable[[], datetime]
    redirect_uris: list[str] = field(default_factory=list)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)
    access_tokens: dict[str, Access] = field(default_factory=dict)
    service_accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    people: Callable[[], Collection[str]] = tuple
    _codes: dict[str, _Code] = field(default_factory=dict)
    _count: Any = field(default_factory=itertools.count)
    # As Google's, no token is ever given twice: programs keep them by address, and a port may be had again.
    _mark: str = field(default_factory=lambda: secrets.token_hex(4))

    def grant(self, email: str, scopes: tuple[str, ...] = ALL_SCOPES) -> str:
        """A refresh token, as if the person had been through the consent page."""
        return self._refresh_token(Grant(email, CLIENT_ID, scopes))

    def revoke_all(self, email: str) -> None:
        """As when the owner removes the app's access in her account."""
        for grant in [
            *self.refresh_tokens.values(),
            *(access.grant for access in self.access_tokens.values()),
        ]:
            if grant.email == email:
                grant.alive = False

    def access(self, token: str) -> Grant | None:
        """Whose token this is; None if it is unknown, expired or revoked."""
        found = self.access_tokens.get(token)
        if found is None or found.expires <= self.now() or not found.grant.alive:
            return None
        return found.grant

    # Consent.

    def consent_page(self, query: Mapping[str, str], emails: list[str]) -> str:
        self._check_request(query)
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in query.items()
        )
        people = "".join(
            f'<label><input type="radio" name="email" value="{html.escape(email)}"{" checked" if first else ""}>'
            f"{html.escape(email)}</label>"
            for email, first in ((email, email == emails[0]) for email in emails)
        )
        scopes = "".join(
            f'<label><input type="checkbox" name="granted" value="{html.escape(scope)}" checked>{html.escape(scope)}'
            "</label>"
            for scope in query["scope"].split()
        )
        buttons = "".join(
            f'<button name="answer" value="{value}">{text}</button>'
            for value, text in (("allow", "Continue"), ("deny", "Cancel"))
        )
        return (
            '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Sign in with Google</title>'
            "<h1>Freehold wants access</h1>"
            f'<form method="post">{hidden}{people}{scopes}{buttons}</form></html>'
        )

    def consent(self, form: Mapping[str, list[str]]) -> str:
        """Where the browser is sent once the person has answered."""
        first = {name: values[0] for name, values in form.items()}
        self._check_request(first)
        state = {"state": first["state"]} if "state" in first else {}
        if first.get("answer") != "allow" or not form.get("granted"):
            return f"{first['redirect_uri']}?{urlencode({'error': 'access_denied', **state})}"
        asked = first["scope"].split()
        scopes = tuple(scope for scope in form["granted"] if scope in asked)
        code = f"4/code-{next(self._count)}"
        grant = Grant(first["email"], first["client_id"], scopes)
        expires = self.now() + _CODE_LASTS
        self._codes[code] = _Code(grant, first["redirect_uri"], first.get("code_challenge", ""), expires)
        answer = {**state, "code": code, "scope": " ".join(scopes)}
        return f"{first['redirect_uri']}?{urlencode(answer)}"

    def _check_request(self, query: Mapping[str, str]) -> None:
        if query.get("client_id") != CLIENT_ID:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        if query.get("redirect_uri") not in self.redirect_uris:
            raise OAuthError("redirect_uri_mismatch", "The redirect URI is not one that is registered.")
        if query.get("response_type") != "code" or not query.get("scope"):
            raise OAuthError("invalid_request", "Required parameter is missing.")
        if "code_challenge" in query and query.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "The code challenge method is not supported.")

    # Tokens.

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        if form.get("grant_type") == _JWT_BEARER:
            return self._answer(self._delegated(form.get("assertion", "")))
        known = form.get("client_id") == CLIENT_ID and hmac.compare_digest(
            form.get("client_secret", ""), CLIENT_SECRET
        )
        if not known:
            raise OAuthError("invalid_client", "The provided client secret is invalid.", 401)
        if form.get("grant_type") == "authorization_code":
            grant = self._redeem(form)
            return self._answer(grant) | {"refresh_token": self._refresh_token(grant)}
        if form.get("grant_type") == "refresh_token":
            found = self.refresh_tokens.get(form.get("refresh_token", ""))
            if found is None or not found.alive:
                raise OAuthError("invalid_grant", "Token has been expired or revoked.")
            return self._answer(found)
        raise OAuthError("unsupported_grant_type", "Invalid grant_type.")

    def revoke(self, token: str) -> None:
        """Access belongs to a person and a client: whatever else they were given ends with it."""
        access = self.access_tokens.get(token)
        grant = access.grant if access is not None else self.refresh_tokens.get(token)
        if grant is None or not grant.alive:
            raise OAuthError("invalid_token", "Token expired or revoked")
        self.revoke_all(grant.email)

    def _delegated(self, assertion: str) -> Grant:
        """RFC 7523, with Google's ``sub`` and ``scope``."""
        try:
            issuer = jwt.decode(assertion, verify=False)["iss"]
            account = self.service_accounts[issuer]
            told = jwt.decode(
                assertion, certs=account.public_key, audience="https://oauth2.googleapis.com/token"
            )
        except (KeyError, ValueError, GoogleAuthError):
            raise OAuthError("invalid_grant", "Invalid JWT Signature.") from None
        asked = tuple(str(told["scope"]).split())
        if not set(asked) <= set(account.delegated):
            raise OAuthError(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any "
                "of the scopes requested.",
                401,
            )
        if told.get("sub") not in self.people():
            raise OAuthError("invalid_grant", "Invalid email or User ID")
        return Grant(str(told["sub"]), issuer, asked)

    def _redeem(self, form: Mapping[str, str]) -> Grant:
        found = self._codes.pop(form.get("code", ""), None)
        if found is None or found.expires <= self.now():
            raise OAuthError("invalid_grant", "Malformed auth code.")
        if found.redirect_uri != form.get("redirect_uri"):
            raise OAuthError("redirect_uri_mismatch", "Bad Request")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if found.challenge and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != found.challenge:
            raise OAuthError("invalid_grant", "Invalid code verifier.")
        return found.grant

    def _refresh_token(self, grant: Grant) -> str:
        token = f"1//refresh-{self._mark}-{next(self._count)}"
        self.refresh_tokens[token] = grant
        return token

    def _answer(self, grant: Grant) -> dict[str, Any]:
        token = f"ya29.access-{self._mark}-{next(self._count)}"
        self.access_tokens[token] = Access(grant, self.now() + _ACCESS_LASTS)
        seconds = int(_ACCESS_LASTS.total_seconds())
        return {
            "access_token": token,
            "expires_in": seconds,
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
        }
