"""A session with one origin."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import requests

from sync.http.adapter import GuardedAdapter
from sync.http.addresses import AddressPolicy
from sync.http.budget import Limits, spending
from sync.http.credentials import Credentials, PasswordAuth, auth_of
from sync.http.dialling import Dialler
from sync.http.errors import OutboundError, RedirectRefused, UrlRefused
from sync.http.hosts import same_registrable_domain
from sync.http.urls import Origin, check_url, join_href

MOST_HOPS = 3
READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class GuardedSession(requests.Session):
    """A ``requests.Session`` that speaks to the origin of one URL and to nobody else.

    Credentials, if given, go with every request, so there is one session per account. No cookies are kept,
    and nothing of the environment (proxies, .netrc, CA bundles) is read. Every failure but a bad argument is
    an `OutboundError`. Connections are reused; let one thread at a time use a session, and close it at the
    end.
    """

    def __init__(
        self,
        url: str,
        *,
        policy: AddressPolicy,
        auth: Credentials | None = None,
        limits: Limits | None = None,
        ca_file: str | None = None,
        dialler: Dialler | None = None,
    ) -> None:
        super().__init__()
        self.policy = policy
        self.origin = check_url(url, policy)
        self.limits = limits or Limits()
        self.auth = auth_of(auth)
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Only what the standard library unpacks within bounds.
        self.headers.update({"User-Agent": "Freehold", "Accept-Encoding": "gzip, deflate"})
        self._origins = {self.origin}
        adapter = GuardedAdapter(policy, ca_file=ca_file, dialler=dialler)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def admit_sibling(self, url: str) -> Origin:
        """Lets the session, with its credentials, also speak to another https host of the same registrable
        domain, as iCloud's principals ask for. Raises `UrlRefused` for any other URL."""
        origin = check_url(url, self.policy)
        if origin not in self._origins:
            kin = same_registrable_domain(origin.host, self.origin.host)
            if not (kin and origin.scheme == self.origin.scheme == "https"):
                raise _elsewhere(origin)
            self._origins.add(origin)
        return origin

    def href(self, base: str, href: str) -> str:
        """`join_href` under this session's policy, for hrefs that must stay at the origin of ``base``."""
        return join_href(base, href, self.policy)

    @contextmanager
    def under(self, limits: Limits) -> Iterator[None]:
        """Other limits for the requests made inside the block."""
        outer, self.limits = self.limits, limits
        try:
            yield
        finally:
            self.limits = outer

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """One request and its whole answer, of whatever status.

        A read follows up to three redirects at its own origin; ``allow_redirects`` changes nothing. A
        redirect to another origin, or in answer to a write, raises `RedirectRefused`. ``timeout`` in seconds
        bounds the whole request. Arguments after ``url`` go by keyword, as in ``requests``.
        """
        if args:
            raise TypeError("pass arguments after the URL by keyword")
        verb, target = _text(method).upper(), _text(url)
        if verb in READS:
            return self.follow_same_origin(verb, target, **kwargs)
        with spending(self._limits_for(kwargs.pop("timeout", None))):
            response = self._once(verb, target, **kwargs)
        if _location(response) is not None:
            raise RedirectRefused(
                "The server answers a change with a redirect, and a change is never sent twice. "
                "Give the address it redirects to, or look at the server's set-up.",
                reason="redirected-write",
            )
        return response

    def follow_same_origin(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """A read, with its method and body kept over up to three redirects at the same origin. Raises
        `RedirectRefused` before anything is sent elsewhere."""
        if method.upper() not in READS:
            raise ValueError(f"{method} is not a read")
        target = url
        with spending(self._limits_for(kwargs.pop("timeout", None))):
            for _ in range(MOST_HOPS + 1):
                response = self._once(method, target, **kwargs)
                location = _location(response)
                if location is None:
                    return response
                target = self._next_hop(str(response.url), location)
                kwargs.pop("params", None)
        raise RedirectRefused("The server redirects again and again.", reason="redirect-loop")

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Raises `UrlRefused`, and sends nothing, unless the request goes to an admitted origin."""
        origin = check_url(str(request.url), self.policy)
        if origin not in self._origins:
            raise _elsewhere(origin)
        forced = {"allow_redirects": False, "proxies": {}, "verify": True, "cert": None}
        with spending(self.limits) as budget:
            # A packed body is left in ``raw``: requests would unpack it as a whole.
            forced["stream"] = budget.limits.packed
            return super().send(request, **(kwargs | forced))

    def get_redirect_target(self, *_args: Any) -> str | None:
        """None: requests is never to prepare a redirect of its own."""
        return None

    def _once(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """One request without redirects, sent a second time if the server wants the password by Digest."""
        try:
            response = super().request(method, url, **kwargs)
            own = self.auth if kwargs.get("auth") is None else None
            if isinstance(own, PasswordAuth) and own.turns_to_digest(response):
                response = super().request(method, url, **kwargs)
        except OutboundError:
            raise
        except (requests.RequestException, UnicodeError) as error:
            raise UrlRefused("The URL cannot be asked for as it is written.", reason="unsendable") from error
        return response

    def _next_hop(self, base: str, location: str) -> str:
        """Where a redirect leads, if that is at the origin of ``base``."""
        try:
            target = urljoin(base, location).partition("#")[0]
            origin = check_url(target, self.policy)
        except (ValueError, UrlRefused):
            raise RedirectRefused(
                _redirect_text("an address that must not be used"), reason="redirect"
            ) from None
        if origin != check_url(base, self.policy):
            raise RedirectRefused(_redirect_text(str(origin)), reason="redirect")
        return target

    def _limits_for(self, timeout: float | tuple[float | None, float | None] | None) -> Limits:
        given = timeout if isinstance(timeout, tuple) else (timeout,)
        seconds = [part for part in given if part is not None]
        return self.limits.within(timedelta(seconds=sum(seconds))) if seconds else self.limits


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _location(response: requests.Response) -> str | None:
    location = response.headers.get("Location")
    if response.status_code not in _REDIRECTS or location is None:
        return None
    # Header bytes arrive as Latin-1 and are mostly UTF-8.
    return location.encode("latin-1", "replace").decode("utf-8", "replace").strip()


def _redirect_text(where: str) -> str:
    return (
        f"The server redirects to {where}, which is not followed. "
        "If that is the right server, give its address instead of this one."
    )


def _elsewhere(origin: Origin) -> UrlRefused:
    return UrlRefused(
        f"{origin} is another server than the one given; it is not asked.", reason="other-origin"
    )
