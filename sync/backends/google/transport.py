"""googleapiclient over the guarded session: the library builds requests, the guard alone sends them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from googleapiclient.discovery import build

from sync.backends.access import AccountAccess
from sync.backends.errors import Refused
from sync.backends.google.tokens import Tokens, token_uri_of, tokens_for
from sync.http import AddressPolicy, GuardedSession, Limits, UrlRefused

GOOGLE_ENDPOINT = "https://www.googleapis.com"
_PATH = "/calendar/v3/"
_QUOTA_USER = 40
_PASSED_ON = frozenset({"accept", "content-type", "if-match", "if-none-match", "x-http-method-override"})
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


@lru_cache(maxsize=4)
def calendar_service(endpoint: str) -> Any:
    """The API's methods as the discovery document of the installed library says; a third of a MiB, so made once.

    Thread-safe: every request is executed over a transport of its own.
    """
    return build(
        "calendar",
        "v3",
        http=_Unconnected(),
        static_discovery=True,
        # The option replaces the path as well as the host.
        client_options={"api_endpoint": endpoint + _PATH},
    )


class _Unconnected:
    """Stands where the library wants a connection at build time."""

    def request(self, *_args: Any, **_kwargs: Any) -> Any:
        raise AssertionError("a request is executed over a transport of its own")


class Transport:
    """One account's way to the API, in the shape of ``httplib2.Http``. Not thread-safe."""

    def __init__(self, access: AccountAccess) -> None:
        """Raises AuthorizationLost for unreadable credentials, Refused for an address that must not be asked."""
        self.endpoint = (access.api_endpoint or GOOGLE_ENDPOINT).rstrip("/")
        policy = AddressPolicy(allow_private=access.allow_private or _is_local(self.endpoint))
        limits = Limits().within(timedelta(seconds=access.timeout_seconds))
        token_uri = token_uri_of(access)
        _demand_secrecy(self.endpoint, token_uri)
        try:
            self._sign_in = GuardedSession(token_uri, policy=policy, limits=limits)
            self.tokens: Tokens = tokens_for(access, self._sign_in)
            self.session = GuardedSession(
                self.endpoint + _PATH, policy=policy, auth=self.tokens.current, limits=limits.for_reports()
            )
        except UrlRefused as error:
            raise Refused(error.text) from error

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_others: Any,
    ) -> tuple[Response, bytes]:
        """Raises OutboundError. A token that is refused is renewed once."""
        response = self._send(uri, method, body, headers or {})
        if response.status_code == 401:
            self.tokens.renew()
            response = self._send(uri, method, body, headers or {})
        return Response(response.status_code, str(response.reason), response.headers), response.content

    def close(self) -> None:
        self.session.close()
        self._sign_in.close()

    def _send(self, uri: str, method: str, body: str | bytes | None, headers: Mapping[str, str]) -> Any:
        data = body.encode() if isinstance(body, str) else body
        if self.tokens.subject:
            # Else every person a service account acts for would share its own quota. Google allows 40 characters.
            user = hashlib.sha256(self.tokens.subject.encode()).hexdigest()[:_QUOTA_USER]
            uri += f"{'&' if '?' in uri else '?'}quotaUser={user}"
        passed = {name: value for name, value in headers.items() if name.lower() in _PASSED_ON}
        # Google compresses only for clients whose name says so.
        return self.session.request(
            method, uri, data=data, headers={**passed, "User-Agent": "Freehold (gzip)"}
        )


class Response(dict[str, str]):
    """What googleapiclient reads of ``httplib2.Response``: lower-case headers, ``status`` and ``reason``."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})
        self.status = status
        self.reason = reason


def _is_local(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _THIS_MACHINE
    except ValueError:
        return False


def _demand_secrecy(*addresses: str) -> None:
    """Tokens go in the open on this machine only."""
    if any(url.startswith("http:") and not _is_local(url) for url in addresses):
        raise Refused("Google is asked by https only; http is for a server on this machine.")
