"""Who is asking: by cookie on pages, by bearer token on the API, never the other way round."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Response, g, request

from booking.roles import Actor
from booking.store import audit
from service.http.channel import is_api
from service.http.cookies import Cookies
from service.http.problems import Stopped
from service.people import sessions, way_back
from service.people.sessions import Presence
from service.people.tokens import actor_of_token
from service.runtime import Runtime

COOKIE: Final = "freehold_session"
_CHALLENGE: Final = 'Bearer realm="freehold"'
# The cookie says to the minute when it was last used.
_FRESH: Final = timedelta(minutes=1)


class Identity:
    """One per application; its answers are those of the request under way, found once."""

    def __init__(self, runtime: Runtime, cookies: Cookies) -> None:
        self._runtime = runtime
        self._cookies = cookies

    def actor(self) -> Actor | None:
        """Raises ``Stopped`` (401) for an API call with a token that opens nothing."""
        if "actor" not in g:
            g.actor = self._by_token() if is_api(request.path) else self._by_cookie()
        found: Actor | None = g.actor
        return found

    def session(self) -> str | None:
        """The secret of the session under way, for what is bound to it; None for a visitor."""
        if self.actor() is None:
            return None
        presence: Presence | None = g.get("presence")
        return None if presence is None else presence.secret

    def note_way(self, response: Response, path: str) -> None:
        """Keep where a visitor was going, if it is a page that signing in may lead back to."""
        way_back.note(self._cookies, response, path)

    def way(self, response: Response) -> str | None:
        """Where the visitor was going, once."""
        return way_back.take(self._cookies, response)

    def start(self, response: Response, user_id: str) -> Actor:
        """Signs a user in, under a new secret; the session there was before ends. Returns who it now is."""
        tokens, now = self._runtime.tokens, self._runtime.now()
        before = self._presence()
        with self._runtime.database.write() as connection:
            if before is not None:
                sessions.end(connection, tokens, before.secret)
            presence = sessions.begin(connection, tokens, user_id, now=now)
            actor = sessions.actor_of(connection, tokens, presence, now=now)
            if actor is not None:
                audit.note(
                    connection,
                    practice_id=actor.practice_id,
                    at=now,
                    actor=actor.id,
                    action="sign_in",
                    about=actor.id,
                )
        if actor is None:
            raise RuntimeError("a session that has just begun is over")
        g.presence, g.actor = presence, actor
        self._give(response, presence)
        return actor

    def stop(self, response: Response) -> None:
        """Signs out, here and for whoever copied the cookie."""
        presence = self._presence()
        if presence is not None:
            with self._runtime.database.write() as connection:
                sessions.end(connection, self._runtime.tokens, presence.secret)
        g.presence = g.actor = None
        self._cookies.drop(response, COOKIE)

    def refresh(self, response: Response) -> Response:
        """Tells the cookie of this use. What a page reloads by itself is no use by a person."""
        presence: Presence | None = g.get("presence")
        now = self._runtime.now()
        if g.get("actor") is None or presence is None or "HX-Request" in request.headers:
            return response
        if presence.seen_at + _FRESH <= now:
            self._give(response, Presence(presence.secret, now))
        return response

    def _give(self, response: Response, presence: Presence) -> None:
        self._cookies.set(response, COOKIE, presence.text(self._runtime.tokens), keep=sessions.LASTS)

    def _presence(self) -> Presence | None:
        return Presence.read(self._runtime.tokens, self._cookies.read(COOKIE))

    def _by_cookie(self) -> Actor | None:
        presence = self._presence()
        if presence is None:
            return None
        with self._runtime.database.read() as connection:
            actor = sessions.actor_of(connection, self._runtime.tokens, presence, now=self._runtime.now())
        g.presence = presence if actor is not None else None
        return actor

    def _by_token(self) -> Actor | None:
        given = request.headers.get("Authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            with self._runtime.database.read() as connection:
                actor = actor_of_token(connection, self._runtime.tokens, token.strip())
            if actor is not None:
                return actor
        raise unauthorized()


def unauthorized() -> Stopped:
    return Stopped(401, headers={"WWW-Authenticate": _CHALLENGE})
