"""RQ with nothing in it that runs what a queue entry says: a fixed list of functions, JSON, no callbacks, no webhooks.

Whoever can write to the queue server can ring for work that is due anyway, and no more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

from redis import Redis
from rq import Queue, SimpleWorker
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from service.error_facts import error_line, masked
from service.logs import get_logger

FAILURE_TTL_SECONDS: Final = 7 * 24 * 3600
JOB_TIMEOUT_SECONDS: Final = 900
log = get_logger(__name__)

JobFunction = Callable[..., object]
Scalar = str | int | float | bool | None


class JobRefused(Exception):
    """A queue entry that asks for more than we ever put there; nothing of it was run."""


class JobFailed(Exception):
    """What is kept of a job's failure: the type, our own words, the place; never a library's text."""


class SafeJob(Job):
    """A job that runs one function of ``allowed``, with JSON scalars, and whose answer is not kept."""

    allowed: ClassVar[Mapping[str, JobFunction]] = {}

    def __init__(
        self, id: str | None = None, connection: Redis | None = None, serializer: object = None
    ) -> None:
        # Whatever serializer a library path brings along, bytes of the queue are only ever read as JSON.
        super().__init__(id=id, connection=connection, serializer=JSONSerializer)
        self.refusal: str | None = None

    @property
    def func(self) -> JobFunction:
        """The allowed function of the stored name; raises JobRefused for any other."""
        name, instance, args, kwargs = self._content()
        if instance is not None or name not in self.allowed:
            raise JobRefused("not a function of this program")
        if not all(_is_scalar(value) for value in (*args, *kwargs.values())):
            raise JobRefused("arguments must be JSON scalars")
        return self.allowed[name]

    def restore(self, raw_data: Any) -> None:
        """As stored, without anything that would run or call out beside the function."""
        try:
            super().restore(raw_data)
        except NoSuchJobError:
            raise
        except Exception as error:  # noqa: BLE001  # a planted entry must not end the worker that meets it
            log.warning("unreadable queue entry dropped", error=error)
            raise NoSuchJobError("unreadable") from None
        if self._success_callback_name or self._failure_callback_name or self._stopped_callback_name:
            self.refusal = "callbacks are not allowed"
        if self.webhooks:
            self.refusal = "webhooks are not allowed"
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        self.failure_ttl = FAILURE_TTL_SECONDS
        self.description = None
        self.retries_left = self.repeats_left = None

    def perform(self) -> None:
        """Runs the function. Raises JobRefused or JobFailed, whose texts may be stored and logged."""
        if self.refusal is not None:
            raise JobRefused(self.refusal)
        try:
            super().perform()
        except JobRefused:
            raise
        except Exception as error:  # noqa: BLE001  # only its safe facts go on
            raise JobFailed(error_line(error)) from None
        finally:
            self._result = None

    def _handle_failure(self, exc_string: str, *args: Any, **kwargs: Any) -> None:
        super()._handle_failure(_safe_failure(exc_string), *args, **kwargs)

    def get_call_string(self) -> str | None:
        """The function's name alone: arguments are nobody's business who reads the queue."""
        return self._func_name if isinstance(self._func_name, str) else None

    def _content(self) -> tuple[str, object, list[object], dict[str, object]]:
        try:
            stored: tuple[object, ...] = (self.func_name, self.instance, self.args, self.kwargs)
        except Exception:  # noqa: BLE001  # whatever is wrong with the bytes, they are not ours
            raise JobRefused("not readable as JSON") from None
        name, instance, args, kwargs = stored
        if not isinstance(name, str) or not isinstance(args, list | tuple) or not isinstance(kwargs, dict):
            raise JobRefused("not of the form of a job")
        return name, instance, list(args), kwargs


class SafeQueue(Queue):
    """Takes functions by their allowed name: ``queue.ring("sync_account", account_id)``."""

    job_class = SafeJob

    def __init__(self, name: str = "default", connection: Redis | None = None, **options: Any) -> None:
        options["serializer"] = JSONSerializer
        options.setdefault("default_timeout", JOB_TIMEOUT_SECONDS)
        super().__init__(name, connection=connection, **options)

    def ring(self, function: str, *args: Scalar) -> str:
        """Enqueues ``function`` and returns the job's id. Raises ValueError for what a worker would refuse."""
        if not all(_is_scalar(value) for value in args):
            raise ValueError("job arguments must be JSON scalars: ids, never text of people")
        job = self.enqueue_call(
            function,
            args=args,
            result_ttl=0,
            failure_ttl=FAILURE_TTL_SECONDS,
            description=function,
        )
        return str(job.id)


class SafeWorker(SimpleWorker):
    """Runs safe jobs one after another in this process; no fork, no pickle, no orders by way of the queue server."""

    job_class = SafeJob
    queue_class: type[Queue] = SafeQueue

    def __init__(
        self,
        queues: Sequence[str],
        *,
        connection: Redis,
        allowed: Mapping[str, JobFunction],
        **options: Any,
    ) -> None:
        """Serves the queues named, first ones first, with the functions of ``allowed`` by name."""
        kind = type("AllowedJob", (SafeJob,), {"allowed": dict(allowed)})
        options.update(job_class=kind, serializer=JSONSerializer, log_job_description=False)
        super().__init__(list(queues), connection=connection, **options)

    def bootstrap(self, *_: Any, **__: Any) -> None:
        """Without RQ's chatter about itself; its warnings and errors stay."""
        super().bootstrap("WARNING")

    def subscribe(self) -> None:
        """RQ would take commands (shutdown, stop this job) from a channel; ours come by signals only."""

    def clean_group_registries(self) -> None:
        """We have no groups, and RQ reads those it finds with pickle."""

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Logs the failure; RQ's own line would hold the arguments and the whole traceback."""
        error = exc_info[1] if len(exc_info) > 1 else None
        log.error("job failed", job_id=job.id, queue=job.origin, error=error)


def _safe_failure(traceback: str) -> str:
    """What is kept of a failure RQ describes: our own exceptions' last line, of others the type only."""
    if not traceback.startswith("Traceback"):
        return masked(traceback)  # RQ's own sentence: abandoned, stuck, stopped
    last = traceback.strip().splitlines()[-1]
    ours = last.startswith((f"{__name__}.JobFailed", f"{__name__}.JobRefused"))
    return last if ours else last.partition(":")[0]


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
