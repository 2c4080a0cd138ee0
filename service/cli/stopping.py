"""Being told to stop while a long command is still being prepared is no failure: it ends quietly, with exit code 0."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def stoppable() -> Iterator[None]:
    """Until the command sets up its own way of being stopped, SIGTERM ends it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        yield
