"""The running program as its pages and calls see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, cast

from flask import current_app, g, request

from booking.desk import Desk
from booking.roles import Actor
from booking.store.finding import practice_by_id
from booking.web.frame import EXTENSION
from service.database import Database
from service.http import headers
from service.http.address import network_of
from service.http.cookies import Cookies
from service.http.csrf import Csrf
from service.http.limits import Limiter
from service.mirror import StoredMirror
from service.people.identity import Identity
from service.runtime import Runtime
from service.secrecy import Sealer
from sync.failpoints import failpoint

_SENDERS: Final = 4_096


class ProgramFrame:
    """Answers ``booking.web.frame.Frame``, and gives the rooms of ``service`` the runtime itself."""

    def __init__(self, runtime: Runtime) -> None:
        cookies = Cookies(secure=runtime.settings.cookie_secure)
        self.runtime = runtime
        self.identity = Identity(runtime, cookies)
        self.limiter = Limiter(runtime.settings, runtime.doorbell.client)
        self.sender_at = lru_cache(maxsize=_SENDERS)(self._sender_at)
        self.csrf = Csrf(runtime.tokens, cookies, runtime.settings.base_url, self.now)

    @property
    def desk(self) -> Desk:
        return self.runtime.desk

    @property
    def books(self) -> Database:
        return self.runtime.database

    @property
    def mirror(self) -> StoredMirror:
        return self.runtime.mirror

    @property
    def cipher(self) -> Sealer:
        return self.runtime.sealer

    def now(self) -> datetime:
        """One instant for the whole request."""
        if "now" not in g:
            g.now = self.runtime.now()
        found: datetime = g.now
        return found

    def actor(self) -> Actor | None:
        return self.identity.actor()

    def staff(self) -> Actor:
        actor = self.actor()
        if actor is None:
            raise RuntimeError("the route's policy lets visitors in: ask actor() instead")
        return actor

    def locales(self) -> Sequence[str]:
        """The languages of the practice of whoever is signed in; none for a visitor."""
        actor = self.actor()
        if actor is None:
            return ()
        with self.books.read() as connection:
            home = practice_by_id(connection, actor.practice_id)
        return () if home is None else home.page.locales

    def sender(self) -> str:
        return self.sender_at(request.remote_addr)

    def _sender_at(self, address: str | None) -> str:
        """Whoever asks from this address, for limits: a mark that does not tell the address."""
        return self.runtime.tokens.derive("sender", network_of(address))

    def secret(self, purpose: str) -> str:
        return self.runtime.tokens.derive("secret", purpose)

    def base_url(self) -> str:
        return self.runtime.settings.base_url

    def ring(self, *kinds: str) -> None:
        failpoint("web.before_ring")
        for kind in kinds:
            self.runtime.doorbell.ring(kind)
        failpoint("web.before_answer")

    def allow_framing(self, origins: Iterable[str]) -> None:
        headers.allow_framing(origins)

    def csrf_token(self) -> str:
        return self.csrf.token(self.identity.session())


def frame() -> ProgramFrame:
    return cast(ProgramFrame, current_app.extensions[EXTENSION])
