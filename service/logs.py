"""Log lines: JSON on stderr, holding ids, counts, states, durations and codes, and never what people wrote.

A line says what happened (``log.info("sync finished", calendar_id=..., count=3)``). All else is a field
whose name stands in the lists below; of any other field only the name is shown.
"""

import contextlib
import json
import logging
import re
import sys
import threading
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final
from uuid import UUID

import structlog

from service.error_facts import error_facts, error_line, masked
from service.settings import Settings

ALLOWED_FIELDS: Final = frozenset(
    {
        "action", "attempt", "at", "backend", "bytes", "calendar", "causes", "code", "count", "created",
        "database", "deleted", "direction", "done", "due", "endpoint", "error", "error_text", "error_type",
        "exit_code", "failed", "failpoint", "fence", "function", "http_status", "job", "kind", "level",
        "limit", "logger", "method", "nearest", "pid", "port", "pulled", "pushed", "queue", "reason",
        "received", "remaining", "removed", "restarts", "result", "retry_after", "role", "rule", "sent",
        "signal", "size", "skipped", "state", "status", "step", "tier", "timestamp", "total", "updated",
        "variable", "version", "where", "worker", "workers", "written",
    }
)  # fmt: skip
ALLOWED_ENDINGS: Final = (
    "_at",
    "_bytes",
    "_code",
    "_count",
    "_id",
    "_ids",
    "_kind",
    "_ms",
    "_seconds",
    "_state",
)
OWN_LOGGERS: Final = ("booking", "service", "sync")
# Sentences; every other text is a single word or code.
_TEXT_FIELDS: Final = frozenset({"at", "error_text"})
_QUIET: Final = (
    "alembic",
    "caldav",
    "google",
    "googleapiclient",
    "httpx",
    "urllib3",
    "rq",
    "granian",
    "_granian",
)
WITHHELD: Final = "[withheld]"
_EVENT = re.compile(r"[a-z][a-z0-9 _.,:'()-]{0,119}")
_CODE = re.compile(r"[\w.:+/=,<>-]{0,120}")
_PLACEHOLDER = re.compile(r"%(\([a-z_]+\))?[-#0-9.]*[a-z]", re.IGNORECASE)

EventDict = MutableMapping[str, Any]


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module: ``log = get_logger(__name__)``."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure_logs(settings: Settings) -> None:
    """Sends every log line of this process, ours or a library's, to stderr as one JSON object; repeatable."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter())
    root = logging.getLogger()
    root.handlers = [handler]
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # A line that cannot be written must neither stop the program nor print its arguments.
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def warn_unknown(settings: Settings) -> None:
    """One line for each variable nobody reads, with the nearest right name."""
    for variable, nearest in settings.unknown:
        get_logger(__name__).warning("unknown setting", variable=variable, nearest=nearest)


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keeps the allowed fields of a line, without what their values should not hold, and names the others."""
    kept: dict[str, Any] = {"event": _safe_event(event.pop("event", ""), logger=str(event.get("logger", "")))}
    withheld = []
    for key, value in event.items():
        if key in ALLOWED_FIELDS or key.endswith(ALLOWED_ENDINGS):
            kept[key] = _safe_value(value, sentence=key in _TEXT_FIELDS)
        else:
            withheld.append(key)
    if withheld:
        kept["withheld"] = sorted(withheld)
    return kept


def _formatter() -> structlog.stdlib.ProcessorFormatter:
    common: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return structlog.stdlib.ProcessorFormatter(
        # The template of a library's line, never the text it makes with its arguments.
        use_get_message=False,
        pass_foreign_args=True,
        foreign_pre_chain=[_foreign_line],
        processors=[
            *common,
            _exception_facts,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            _json,
        ],
    )


def _foreign_line(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A library's line: where it came from, and its template without the arguments; never a finished text."""
    record: logging.LogRecord = event["_record"]
    if not event.pop("positional_args", None) and not record.name.startswith(OWN_LOGGERS):
        event["event"] = "library line"
    event["where"] = f"{record.module}:{record.lineno}"
    return event


def _exception_facts(_logger: object, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    record: logging.LogRecord | None = event.get("_record")
    if not given and record is not None:
        given = record.exc_info
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event.update(error_facts(error))
    return event


def _safe_event(event: object, *, logger: str) -> str:
    text = str(event)
    if _EVENT.fullmatch(text):
        return text
    if logger.startswith(OWN_LOGGERS):
        # Ours are fixed phrases; this one was put together, and may hold anything.
        return WITHHELD
    # A library's template ("Worker %s: done") reads on without what it would have said.
    return masked(_PLACEHOLDER.sub("...", text))


def _safe_value(value: object, *, sentence: bool = False) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe_value(item, sentence=sentence) for item in list(value)[:50]]
    if isinstance(value, BaseException):
        return error_line(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | UUID):
        text = str(value)
        return masked(text) if sentence or _CODE.fullmatch(text) else WITHHELD
    return WITHHELD


def _json(_logger: object, _method: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=False, default=lambda _: WITHHELD)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    with contextlib.suppress(Exception):
        get_logger("service").critical("uncaught exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        _log_uncaught(type(args.exc_value), args.exc_value, args.exc_traceback)
