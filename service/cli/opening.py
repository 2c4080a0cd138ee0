"""What every command does first: settings read, logs set up, the schema looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.cli.failure import CommandFailed
from service.database import Database
from service.kept_secrets import private_folder
from service.lifeline import PARENT_VARIABLE, watch_parent
from service.logs import configure_logs, warn_unknown
from service.schema import is_current, is_empty, upgrade
from service.settings import Settings, load_settings, refuse_optimised

if TYPE_CHECKING:
    from service.runtime import Runtime

OUTDATED = "the database's schema is not that of this release; run: freehold db upgrade"
EMPTY = (
    "there is no data here yet; run: freehold up, or freehold db upgrade, "
    "or say by FREEHOLD_DATA_DIR or FREEHOLD_DATABASE_URL where it is"
)


def settings_of_command(*, json: bool = False) -> Settings:
    """The settings of a command that a person waits for. Its log shows trouble only; with ``json``, next to none."""
    refuse_optimised()
    settings = load_settings()
    configure_logs(_quieter(settings, "warning"))
    warn_unknown(settings)
    if json:
        configure_logs(_quieter(settings, "error"))
    return settings


def settings_of_part() -> Settings:
    """The settings of a part of the program that runs for long, started by a person or by ``freehold up``."""
    refuse_optimised()
    settings = load_settings()
    configure_logs(settings)
    if PARENT_VARIABLE not in os.environ:
        warn_unknown(settings)
    watch_parent()
    return settings


@contextmanager
def opened(*, json: bool = False, upgraded: bool = False) -> Iterator[Runtime]:
    """The program's parts for one command. ``upgraded``: the schema is brought up to date instead of refused."""
    with assembled(settings_of_command(json=json)) as runtime:
        if upgraded:
            upgrade(runtime.database)
        else:
            refuse_outdated(runtime.database)
        yield runtime


@contextmanager
def assembled(settings: Settings) -> Iterator[Runtime]:
    """The program's parts, closed at the end; the folder of the data is there."""
    from service.runtime import Runtime  # all of booking and sync, which not every part needs

    private_folder(settings.data_dir)
    runtime = Runtime.build(settings)
    try:
        yield runtime
    finally:
        runtime.close()


@contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """The database alone, for a part that only looks at its schema."""
    private_folder(settings.data_dir)
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        database.close()


def refuse_outdated(database: Database) -> None:
    if not is_current(database):
        raise CommandFailed(EMPTY if is_empty(database) else OUTDATED)


def _quieter(settings: Settings, level: str) -> Settings:
    return settings.model_copy(update={"log_level": level}) if settings.log_level == "info" else settings
