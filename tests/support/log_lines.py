"""The program's own log lines as it writes them to stderr, with the process's logging put back afterwards."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import structlog

from service.logs import configure_logs
from service.settings import load_settings


class LogLines:
    """What was written so far."""

    def __init__(self) -> None:
        self.output = io.StringIO()

    @property
    def text(self) -> str:
        return self.output.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@contextmanager
def logging_as_in_production(data_dir: Path, **environ: str) -> Iterator[LogLines]:
    """``configure_logs`` with the settings of ``environ``, whose names go without their prefix."""
    given = {"DATA_DIR": str(data_dir), **environ}
    settings = load_settings({f"FREEHOLD_{name}": value for name, value in given.items()}, dotenv=None)
    root = logging.getLogger()
    handlers, level, raising = root.handlers, root.level, logging.raiseExceptions
    hooks = sys.excepthook, threading.excepthook
    found = LogLines()
    try:
        with redirect_stderr(found.output), warnings.catch_warnings():
            configure_logs(settings)
            yield found
    finally:
        root.handlers, logging.raiseExceptions = handlers, raising
        root.setLevel(level)
        sys.excepthook, threading.excepthook = hooks
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
