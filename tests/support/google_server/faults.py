"""What goes wrong on purpose: before a request has its effect, or after, when only the answer is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.google_server.refusal import Refusal, quota


class Cut(Exception):
    """The connection is closed without an answer."""


@dataclass
class _Plan:
    method: str
    action: Callable[[], None]
    after_effect: bool
    skip: int


@dataclass
class Faults:
    """Methods are named as in the discovery document (``events.list``), ``oauth.token`` among them; ``*`` is any."""

    plans: list[_Plan] = field(default_factory=list)
    _chance: float = 0.0
    _kinds: tuple[int, ...] = ()
    _random: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(
        self, method: str, action: Callable[[], None], *, after_effect: bool = False, skip: int = 0
    ) -> None:
        """Runs ``action`` once, at the call after the next ``skip`` ones of that method."""
        self.plans.append(_Plan(method, action, after_effect, skip))

    def fail(
        self, method: str, error: Exception, *, after_effect: bool = False, skip: int = 0, times: int = 1
    ) -> None:
        """Answers with a ``Refusal``, or breaks off with ``Cut``."""

        def throw() -> None:
            raise error

        for _ in range(times):
            self.plan(method, throw, after_effect=after_effect, skip=skip)

    def storm(self, chance: float, *, seed: int = 1, kinds: tuple[int, ...] = (403, 429, 500, 503)) -> None:
        """From now on this share of all API calls fails with one of ``kinds``, some of them after their effect."""
        self._chance, self._kinds, self._random = chance, kinds, random.Random(seed)

    def before(self, method: str) -> Callable[[], None]:
        """Strikes now if something is due before the effect; gives what is to be run after it."""
        with self._lock:
            plan = self._due(method)
            late = self._random.random() < 0.3
            struck = self._chance > 0 and self._random.random() < self._chance
            status = self._random.choice(self._kinds) if struck else 0
        if plan is not None:
            if not plan.after_effect:
                plan.action()
                return lambda: None
            return plan.action
        if status and status >= 500 and late:
            return lambda: _strike(status)
        if status:
            _strike(status)
        return lambda: None

    def _due(self, method: str) -> _Plan | None:
        for plan in self.plans:
            if plan.method in ("*", method):
                if plan.skip:
                    plan.skip -= 1
                    return None
                self.plans.remove(plan)
                return plan
        return None


def _strike(status: int) -> None:
    if status in (403, 429):
        raise quota("rateLimitExceeded" if status == 403 else "tooManyRequests")
    raise Refusal(status, "backendError", "Backend Error")
