"""A runtime in the test's own process: real settings, a real database, and a clock in the hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from service.runtime import Runtime
from service.schema import upgrade
from service.settings import load_settings


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.instant = now

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **length: float) -> None:
        self.instant += timedelta(**length)


@contextmanager
def runtime_on(database_url: str, folder: Path, clock: HandClock, **environ: str) -> Iterator[Runtime]:
    """A runtime whose schema is up to date; extra settings by their names without the prefix."""
    given = {
        "FREEHOLD_DATA_DIR": str(folder / "data"),
        "FREEHOLD_DATABASE_URL": database_url,
        "FREEHOLD_SECRET_KEY": "the-key-of-a-test-is-no-secret-at-all-0123456789",
        "FREEHOLD_ENCRYPTION_KEYS": "5Wh2aTIH3vZ0q0v8m8CkL5x2v9g9b0a8mJm1l2k3j4U=",
        "FREEHOLD_ALLOW_PRIVATE_HOSTS": "1",
        "FREEHOLD_BASE_URL": "http://localhost:8000",
        **{f"FREEHOLD_{name}": value for name, value in environ.items()},
    }
    runtime = Runtime.build(load_settings(given, dotenv=None), clock=clock)
    try:
        upgrade(runtime.database)
        yield runtime
    finally:
        runtime.close()
