"""Rings the queue so that due work is begun at once. A bell nobody hears loses nothing."""

from __future__ import annotations

import threading

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from service.logs import get_logger
from service.queue.embedded import running_queue_url
from service.queue.safe import SafeQueue
from service.settings import Settings

log = get_logger(__name__)

PREFIX = "freehold-"
_PATIENCE_SECONDS = 1.0


class Doorbell:
    """One per process; finds the queue when it is first needed and again after a failure. Safe to use from threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: redis.Redis | None = None
        self._lock = threading.Lock()

    def ring(self, kind: str) -> bool:
        """Wake a worker for one kind of work; False, and a line in the log, if no queue is there. Never raises."""
        try:
            client = self.client()
            if client is None:
                return False
            SafeQueue(PREFIX + kind, connection=client).ring("drain", kind)
        except (redis.RedisError, OSError) as error:
            log.warning("no queue heard the bell", kind=kind, error=error)
            self._forget()
            return False
        return True

    def waiting(self, kind: str) -> int | None:
        """How many wake-ups of this kind lie in the queue; None if no queue answers."""
        try:
            client = self.client()
            return None if client is None else SafeQueue(PREFIX + kind, connection=client).count
        except (redis.RedisError, OSError):
            self._forget()
            return None

    def client(self) -> redis.Redis | None:
        """A client with short patience, None while no queue runs."""
        with self._lock:
            if self._client is None:
                url = running_queue_url(self._settings)
                if url is None:
                    return None
                self._client = redis.Redis.from_url(
                    url,
                    socket_connect_timeout=_PATIENCE_SECONDS,
                    socket_timeout=_PATIENCE_SECONDS,
                    retry=Retry(NoBackoff(), retries=0),
                )
            return self._client

    def _forget(self) -> None:
        with self._lock:
            self._client = None
