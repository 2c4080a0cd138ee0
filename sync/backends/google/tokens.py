"""Access tokens: got with the account's refresh token, kept in memory only, shared by the passes of one process."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from google.auth.crypt import RSASigner
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceCredentials

from sync.backends.access import AccountAccess
from sync.backends.errors import AuthorizationLost, Refused, Unavailable
from sync.backends.google.scopes import SCOPES
from sync.http import GuardedSession, HostRefused, OutboundError, RedirectRefused, UrlRefused
from sync.model.wording import N_

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"
_MOST_KEPT = 2_000
_LOST = N_(
    "Google no longer accepts this account's access (it was revoked or has expired); it must be connected again."
)
_UNREADABLE = N_("The stored Google credentials cannot be read; connect the account again.")

_kept: OrderedDict[str, Credentials | ServiceCredentials] = OrderedDict()
_lock = Lock()


def token_uri_of(access: AccountAccess) -> str:
    """The address set for the installation, else that of the document, else Google's. Raises AuthorizationLost."""
    return access.token_uri or str(_document(access).get("token_uri") or GOOGLE_TOKEN_URI)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One account's tokens. ``session`` speaks to the token endpoint."""

    credentials: Credentials | ServiceCredentials
    session: GuardedSession
    subject: str = ""
    """In whose name a service account acts; empty for a person's own access."""

    def current(self) -> str:
        """A bearer token that is good for some minutes. Raises AuthorizationLost, Refused and Unavailable."""
        if not self.credentials.valid:
            self.renew()
        return str(self.credentials.token)

    def renew(self) -> None:
        """Get another one, whatever the present one says of itself."""
        heard: list[_Answer] = []

        def post(*args: Any, **named: Any) -> _Answer:
            heard.append(self._post(*args, **named))
            return heard[-1]

        try:
            self.credentials.refresh(post)  # type: ignore[no-untyped-call]
        except RefreshError as error:
            # Not in every error of the library is what was answered.
            code = "" if error.retryable or not heard else heard[-1].error_code
            raise (_delegation(code, self.subject) if self.subject else _refusal(code)) from error
        except GoogleAuthError as error:
            raise Unavailable("Google's sign-in did not answer as expected.") from error

    def _post(
        self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **_others: Any
    ) -> _Answer:
        """google-auth's ``Request``. What is worth trying again is told at once: the engine knows when."""
        try:
            response = self.session.request(method, url, data=body, headers=headers)
        except (UrlRefused, HostRefused, RedirectRefused) as error:
            raise Refused(error.text) from error
        except OutboundError as error:
            raise Unavailable(error.text) from error
        if response.status_code >= 500 or response.status_code == 429:
            raise Unavailable(f"Google's sign-in failed to answer (status {response.status_code}).")
        return _Answer(response.status_code, response.headers, response.content)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def error_code(self) -> str:
        """RFC 6749 5.2; empty where the answer is no refusal in that form."""
        try:
            stated = json.loads(self.data)
        except (ValueError, RecursionError):
            return ""
        code = stated.get("error") if isinstance(stated, dict) else None
        return code if isinstance(code, str) else ""


def tokens_for(access: AccountAccess, session: GuardedSession) -> Tokens:
    """Tokens of this account, an unexpired one of an earlier pass among them. Raises AuthorizationLost."""
    stated, uri = _document(access), token_uri_of(access)
    if stated.get("type") == "service_account":
        return _service_tokens(stated, uri, session)
    parts = [stated.get(name) for name in ("refresh_token", "client_id", "client_secret")]
    if not all(isinstance(part, str) and part for part in parts):
        raise AuthorizationLost(_UNREADABLE, ended=True)
    if access.client is not None and parts[1] == access.client[0]:
        parts[2] = access.client[1]

    def made() -> Credentials:
        # google-auth's own loader of such a document would put Google's address in place of the given one.
        refresh_token, client_id, client_secret = parts
        return Credentials(  # type: ignore[no-untyped-call]
            None, refresh_token=refresh_token, token_uri=uri, client_id=client_id, client_secret=client_secret
        )

    return Tokens(_shared([uri, *map(str, parts)], made), session)


def _service_tokens(stated: Mapping[str, Any], uri: str, session: GuardedSession) -> Tokens:
    """Tokens by which a service account acts in the name of ``subject`` (domain-wide delegation)."""
    parts = [stated.get(name) for name in ("client_email", "private_key", "subject")]
    if not all(isinstance(part, str) and part for part in parts):
        raise AuthorizationLost(_UNREADABLE, ended=True)
    email, _, subject = map(str, parts)

    def made() -> ServiceCredentials:
        try:
            signer = RSASigner.from_service_account_info(stated)  # type: ignore[no-untyped-call]
        except (ValueError, TypeError) as error:
            raise AuthorizationLost(_UNREADABLE, ended=True) from error
        return ServiceCredentials(  # type: ignore[no-untyped-call]
            signer, email, uri, scopes=SCOPES, subject=subject
        )

    return Tokens(_shared([uri, *map(str, parts)], made), session, subject)


def _shared(
    parts: list[str], make: Callable[[], Credentials | ServiceCredentials]
) -> Credentials | ServiceCredentials:
    """The credentials of an earlier pass over the same account, else new ones."""
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    with _lock:
        found = _kept.pop(key, None)
        if found is None:
            found = make()
        _kept[key] = found
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _document(access: AccountAccess) -> Mapping[str, Any]:
    try:
        stated = json.loads(access.secret)
    except (ValueError, RecursionError):
        raise AuthorizationLost(_UNREADABLE, ended=True) from None
    if not isinstance(stated, dict):
        raise AuthorizationLost(_UNREADABLE, ended=True)
    return stated


def _refusal(code: str) -> AuthorizationLost | Unavailable:
    """An answer with an error code is a refusal for good unless Google calls it a passing one: then it is empty."""
    if not code:
        return Unavailable("Google's sign-in did not answer as expected.")
    if code in ("invalid_client", "unauthorized_client", "deleted_client"):
        return AuthorizationLost(
            "Google does not know the client this account was connected with; connect it again."
        )
    return AuthorizationLost(_LOST, ended=code == "invalid_grant")


def _delegation(code: str, subject: str) -> Refused | Unavailable:
    """What a service account is refused for is mended in the admin console: it is tried again by itself."""
    if not code:
        return Unavailable("Google's sign-in did not answer as expected.")
    if code in ("unauthorized_client", "access_denied", "invalid_scope"):
        return Refused(
            "The service account may not act for this organisation's members: an administrator of the Google Workspace "
            "gives its client id both scopes, at API controls, Domain-wide delegation."
        )
    if code == "invalid_grant":
        text = (
            f"Google does not let the service account act for {subject}: the address is no member of the organisation, "
            "the key was deleted, or this machine's clock is wrong."
        )
        return Refused(text)
    return Refused("Google does not know this service account: download its key again.")
