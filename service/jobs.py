"""What a queue entry may ask for: to drain one kind of due work. Nothing else runs by way of the queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.doorbell import PREFIX
from service.logs import get_logger
from service.queue.embedded import QueueHandle, connect
from service.queue.safe import SafeWorker
from service.runtime import Runtime
from service.work import KINDS
from sync.failpoints import failpoint

log = get_logger(__name__)


def ring(runtime: Runtime, kind: str) -> bool:
    """Wake a worker for one kind of work, after the commit that made it due. Never raises."""
    return runtime.doorbell.ring(kind)


def allowed(runtime: Runtime) -> Mapping[str, Callable[..., object]]:
    """The functions a worker runs, by the names that stand in the queue."""

    def drain(kind: str) -> None:
        if kind not in KINDS:
            log.warning("unknown kind of work", kind=kind)
            return
        failpoint("worker.before_work")
        result = KINDS[kind](runtime)
        log.debug("drained", kind=kind, done=result.done, failed=result.failed)
        for follower in KINDS if result.done else ():
            # Work begets work of another kind: a settled change a mail, a decision a write.
            if follower != kind or result.more:
                ring(runtime, follower)
        failpoint("worker.before_done")

    return {"drain": drain}


def serve(runtime: Runtime, handle: QueueHandle) -> Any:
    """Work until SIGTERM: what is rung for, decisions first."""
    worker = SafeWorker(
        [PREFIX + kind for kind in KINDS], connection=connect(handle), allowed=allowed(runtime)
    )
    return worker.work(with_scheduler=False)
