"""How often one address may call what is open to the public: counted in the queue's server, or here without it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import redis
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from service.clock import system_clock
from service.http.local_windows import LocalWindows
from service.logs import get_logger
from service.setting_values import Rate
from service.settings import Settings

log = get_logger(__name__)

_AWAY_SECONDS: Final = 5.0
# Messages about one calendar. More than ten a second for a minute are no changes that people make.
_MESSAGES: Final = Rate(600, timedelta(minutes=1))
# Asking for sign-in links: few people need more, and each one may cost a mail.
_SIGN_IN: Final = 10


class Limiter:
    """Moving windows per name and party. One per process; safe to use from threads."""

    def __init__(self, settings: Settings, client: Callable[[], redis.Redis | None]) -> None:
        given = settings.rate_limits
        self._rates = {"requests": given.requests, "slots": given.slots, "messages": _MESSAGES}
        if given.requests is not None:
            self._rates["sign_in"] = Rate(_SIGN_IN, given.requests.per)
        self._workers = settings.web_concurrency
        self._client = client
        self._own = LocalWindows()
        self._shared: tuple[redis.Redis, MovingWindowRateLimiter] | None = None
        self._away_until = 0.0
        self._lock = threading.Lock()

    def spend(self, name: str, party: str) -> int | None:
        """Counts one call; None if it is within the limit, else the whole seconds after which one is again."""
        rate = self._rates.get(name)
        if rate is None:
            return None
        shared = self._reachable()
        if shared is not None:
            try:
                return _spend(shared, _item(rate), name, party)
            except (redis.RedisError, StorageError, OSError) as error:
                log.warning("limits are counted in this process", error=error)
                self._away_until = time.monotonic() + _AWAY_SECONDS
        # Each worker counts for itself, so each gives its share only.
        share = math.ceil(rate.count / self._workers)
        seconds = rate.per.total_seconds()
        return self._own.spend(f"{name} {party}", count=share, seconds=seconds, at=time.monotonic())

    def _reachable(self) -> MovingWindowRateLimiter | None:
        if time.monotonic() < self._away_until:
            return None
        client = self._client()
        if client is None:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            return None
        with self._lock:
            if self._shared is None or self._shared[0] is not client:
                storage = RedisStorage(
                    "redis://", connection_pool=client.connection_pool, wrap_exceptions=True
                )
                self._shared = (client, MovingWindowRateLimiter(storage))
            return self._shared[1]


def _item(rate: Rate) -> RateLimitItem:
    return RateLimitItemPerSecond(rate.count, int(rate.per.total_seconds()), namespace="freehold-limit")


def _spend(limiter: MovingWindowRateLimiter, item: RateLimitItem, name: str, party: str) -> int | None:
    if limiter.hit(item, name, party):
        return None
    free_at = limiter.get_window_stats(item, name, party).reset_time
    return max(1, math.ceil(free_at - system_clock().timestamp()))
