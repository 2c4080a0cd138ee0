"""Google's quota for this installation's project, counted in the queue's server for all workers, or here without it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import redis

from service.logs import get_logger
from sync.quota import Bucket, Urgency, take

log = get_logger(__name__)

_USER_PER_MINUTE: Final = 300
_USER_BURST: Final = 100
_WRITES_PER_MINUTE: Final = 60
_WRITE_BURST: Final = 30
_PROJECT_BURST_SECONDS: Final = 10
_AWAY_SECONDS: Final = 5.0
_MOST_KEPT: Final = 10_000
_SHARE_WITHOUT_COUNTING: Final = 8
"""Without the queue's server nobody counts for all: each process takes so small a part that this many fit."""

# sync.quota.take, in the server: all buckets or none. The clock is the server's, the same for all workers.
_TAKE: Final = """
local now = tonumber(ARGV[1])
local given = now >= 0
if not given then local t = redis.call('TIME'); now = tonumber(t[1]) + tonumber(t[2]) / 1000000 end
local after, wait = {}, 0
for i, key in ipairs(KEYS) do
  local each, reach = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  after[i] = math.max(tonumber(redis.call('GET', key) or '0'), now) + each
  wait = math.max(wait, after[i] - now - reach)
end
if wait > 0.000001 then return tostring(wait) end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.6f', after[i]))
  if not given then redis.call('PEXPIRE', key, math.ceil((after[i] - now) * 1000) + 1000) end
end
return '0'
"""


class GoogleQuota:
    """Answers ``sync.quota.Quota``. One per process; safe to use from threads.

    ``per_minute``: requests of the whole project. ``clock``: seconds since any moment, for both ways of counting; None
    for each one's own. What is counted by one that was given is kept for good: the server's says nothing about it.
    """

    def __init__(
        self,
        client: Callable[[], redis.Redis | None],
        *,
        per_minute: int,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._client = client
        self._project = Bucket(
            "project", per_minute, max(1, per_minute * _PROJECT_BURST_SECONDS / 60), shared=True
        )
        self._clock = clock
        self._own: OrderedDict[str, float] = OrderedDict()
        self._away_until = 0.0
        self._lock = threading.Lock()

    def spend(self, account: str, urgency: Urgency, *, writes_to: str | None = None) -> timedelta:
        buckets = [self._project, Bucket(f"user:{account}", _USER_PER_MINUTE, _USER_BURST)]
        if writes_to is not None:
            # At Google the name of a calendar is somebody's mail address.
            calendar = hashlib.sha256(writes_to.encode()).hexdigest()[:16]
            buckets.append(Bucket(f"writes:{account}:{calendar}", _WRITES_PER_MINUTE, _WRITE_BURST))
        wait = self._counted_for_all(buckets, urgency)
        return timedelta(seconds=self._counted_here(buckets, urgency) if wait is None else wait)

    def _counted_for_all(self, buckets: Sequence[Bucket], urgency: Urgency) -> float | None:
        if time.monotonic() < self._away_until:
            return None
        try:
            client = self._client()
            if client is None:
                return None
            rates = [part for bucket in buckets for part in (bucket.seconds_each, bucket.reach(urgency))]
            now = -1 if self._clock is None else self._clock()
            keys = [f"freehold:google:{bucket.name}" for bucket in buckets]
            answer = client.eval(_TAKE, len(keys), *keys, str(now), *map(str, rates))
            return float(answer)
        except (redis.RedisError, OSError) as error:
            log.warning("Google's quota is counted in this process", error=error)
            self._away_until = time.monotonic() + _AWAY_SECONDS
            return None

    def _counted_here(self, buckets: Sequence[Bucket], urgency: Urgency) -> float:
        shares = [
            Bucket(
                bucket.name,
                bucket.per_minute / _SHARE_WITHOUT_COUNTING,
                max(1, bucket.burst / _SHARE_WITHOUT_COUNTING),
                bucket.shared,
            )
            for bucket in buckets
        ]
        now = time.monotonic() if self._clock is None else self._clock()
        with self._lock:
            full_at = [self._own.pop(bucket.name, 0.0) for bucket in shares]
            after, wait = take(full_at, shares, now=now, urgency=urgency)
            self._own.update(zip((bucket.name for bucket in shares), after, strict=True))
            while len(self._own) > _MOST_KEPT:
                self._own.popitem(last=False)
        return wait
