"""requests' own functions behind the guard, for a library that calls them with addresses it makes up itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import requests

from sync.http.adapter import GuardedAdapter
from sync.http.addresses import AddressPolicy
from sync.http.budget import Limits
from sync.http.errors import OutboundError

_LIMITS = Limits(
    connect=timedelta(seconds=10),
    silence=timedelta(seconds=15),
    total=timedelta(seconds=30),
    body_bytes=2**20,
)


class GuardedFunctions:
    """Stands in for the module ``requests`` in another module: whatever it calls goes out by the guard.

    Redirects are not followed, nothing of the environment is read, and what the guard refuses is raised as
    ``requests.ConnectionError``. All other names are those of ``requests``.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            adapter = GuardedAdapter(self._policy, limits=_LIMITS)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            try:
                return session.request(method, url, **(kwargs | {"allow_redirects": False}))
            except OutboundError as error:
                raise requests.ConnectionError(str(error)) from error

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("GET", url, **kwargs)

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("POST", url, **kwargs)

    def put(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("PUT", url, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("DELETE", url, **kwargs)

    def patch(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("PATCH", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("HEAD", url, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in ("session", "Session"):
            raise AttributeError(f"{name} would go round the guard")
        return getattr(requests, name)
