"""The queue as it answers now."""

from __future__ import annotations

from dataclasses import dataclass

import redis
from rq import Worker

from service.runtime import Runtime
from service.work import KINDS


@dataclass(frozen=True, slots=True)
class QueueState:
    """``answers`` False: no queue; work waits in the database, and the other fields are 0."""

    answers: bool
    waiting: int
    workers: int

    @property
    def works(self) -> bool:
        return self.answers and self.workers > 0


def queue_state(runtime: Runtime) -> QueueState:
    """Asks the queue; never raises."""
    counts = [runtime.doorbell.waiting(kind) for kind in KINDS]
    try:
        client = runtime.doorbell.client()
        workers = 0 if client is None else int(Worker.count(connection=client))
    except (redis.RedisError, OSError):
        return QueueState(False, 0, 0)
    if client is None or None in counts:
        return QueueState(False, 0, workers)
    return QueueState(True, sum(count or 0 for count in counts), workers)
