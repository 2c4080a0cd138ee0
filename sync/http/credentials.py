"""How a session shows who it is."""

from collections.abc import Callable

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

# A user name and a password, or a function that gives a bearer token good for now.
Credentials = tuple[str, str] | Callable[[], str]


class PasswordAuth(AuthBase):
    """Basic at once, which saves a round trip per request; Digest from the first time a server asks for
    that."""

    def __init__(self, user: str, password: str) -> None:
        # RFC 7617, section 2.1: UTF-8. requests alone would use Latin-1 and fail on other scripts.
        self._basic = HTTPBasicAuth(user.encode(), password.encode())
        self._digest = HTTPDigestAuth(user, password)
        self._by_digest = False

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed: requests.PreparedRequest = (self._digest if self._by_digest else self._basic)(request)
        return signed

    def turns_to_digest(self, response: requests.Response) -> bool:
        """Whether the request is worth sending again, by Digest, because ``response`` refuses Basic and
        offers it."""
        offered = response.headers.get("WWW-Authenticate", "").lower()
        if self._by_digest or response.status_code != 401 or "digest " not in offered:
            return False
        self._by_digest = True
        return True


class BearerAuth(AuthBase):
    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        return request


def auth_of(credentials: Credentials | None) -> PasswordAuth | BearerAuth | None:
    if credentials is None:
        return None
    if callable(credentials):
        return BearerAuth(credentials)
    return PasswordAuth(*credentials)
