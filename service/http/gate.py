"""Before a route is entered: the host is ours, the body small, the route has a policy, the asker meets it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request
from werkzeug.sansio.utils import host_is_trusted

from booking.policy import Door, Policy, limit_of, policy_of
from booking.roles import Role, may
from service.http.channel import HOOK_PATHS, SAFE_METHODS, WATCH_PATHS, is_api, speaks_json
from service.http.csrf import Csrf
from service.http.limits import Limiter
from service.http.problems import Stopped
from service.logs import get_logger
from service.people.identity import Identity, unauthorized

log = get_logger(__name__)

SIGN_IN: Final = "/login"


class Gate:
    """Asks everything that has to be asked of a request, in this order."""

    def __init__(
        self,
        hosts: Collection[str],
        identity: Identity,
        csrf: Csrf,
        limiter: Limiter,
        sender: Callable[[], str],
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._identity = identity
        self._csrf = csrf
        self._limiter = limiter
        self._sender = sender

    def install(self, app: Flask) -> None:
        """Puts the gate before every route of ``app``; addresses without a route answer 404 or 405 by themselves."""

        @app.before_request
        def ask() -> Any:
            self._host()
            _size(app.config["MAX_CONTENT_LENGTH"])
            _text()
            if request.endpoint is None:
                return None
            view = app.view_functions[request.endpoint]
            policy = policy_of(view)
            if policy is None:
                log.error("a route without a policy was refused", endpoint=request.endpoint)
                raise Stopped(403)
            if _is_form():
                self._csrf.check(self._identity.session())
            answer = self._admit(policy)
            if answer is None:
                self._count(limit_of(view))
            return answer

    def _host(self) -> None:
        if request.path not in WATCH_PATHS and not self.knows(request.headers.get("Host")):
            raise Stopped(400)

    def knows(self, host: str | None) -> bool:
        """True for a Host header that names us."""
        # werkzeug sees to the characters; its own list of names does not take IPv6 addresses.
        return host_is_trusted(host) and _name(host) in self._hosts

    def _admit(self, policy: Policy) -> Response | None:
        """None if the asker may go on. A person who could by signing in is shown where."""
        if policy.door is Door.PUBLIC or policy.action is None:
            return None
        actor = self._identity.actor()
        if policy.door is Door.CAPABILITY:
            role = Role.CLIENT
        else:
            role = Role.PUBLIC if actor is None else actor.role
        if may(role, policy.action):
            return None
        if actor is not None:
            raise Stopped(403)
        if is_api(request.path):
            raise unauthorized()
        if request.method not in SAFE_METHODS:
            raise Stopped(403)
        answer: Response = redirect(SIGN_IN, 303)  # type: ignore[assignment]
        self._identity.note_way(answer, request.path)
        return answer

    def _count(self, limit: str | None) -> None:
        if limit is None or self._identity.actor() is not None:
            return
        wait = self._limiter.spend(limit, self._sender())
        if wait is not None:
            raise Stopped(429, headers={"Retry-After": str(wait)})


def _is_form() -> bool:
    """True for what a page of ours would send."""
    sent = request.method not in SAFE_METHODS
    return sent and not speaks_json(request.path) and request.path not in HOOK_PATHS


def _text() -> None:
    """No database stores a NUL, and nobody types one."""
    given = [request.path, *request.args.values()]
    if _is_form():
        given += request.form.values()
    if any("\0" in text for text in given):
        raise Stopped(400)


def _name(host: str | None) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _size(limit: int) -> None:
    if request.content_length is not None and request.content_length > limit:
        raise Stopped(413)
