"""The commands below ``freehold db``."""

from __future__ import annotations

from pathlib import Path

from service.backup import BackupRefused, Contents, restore_backup, write_backup
from service.cli.failure import CommandFailed
from service.cli.opening import assembled, opened, settings_of_command
from service.cli.output import say, tell
from service.kept_secrets import private_folder
from service.processes import sole_use
from service.queue.embedded import running_queue_url
from service.schema import is_current, upgrade
from service.settings import Settings
from service.stored_secrets import unopened


def upgrade_schema() -> None:
    with assembled(settings_of_command()) as runtime:
        before = is_current(runtime.database)
        upgrade(runtime.database)
    say("the schema was up to date" if before else "the schema is up to date")


def backup(file: str) -> None:
    path = Path(file).absolute()
    if not path.parent.is_dir():
        raise CommandFailed(f"there is no folder {path.parent}")
    with opened() as runtime:
        try:
            contents = write_backup(runtime.database, path, now=runtime.now())
        except BackupRefused as error:
            raise CommandFailed(str(error)) from error
        except OSError as error:
            raise CommandFailed(f"{path} cannot be written: {error.strerror or error}") from error
    say(f"{_told(contents)} written to {path}")
    tell(
        "It holds clients' names and addresses: encrypt it. The keys (FREEHOLD_SECRET_KEY and FREEHOLD_ENCRYPTION_KEYS,"
        " or the files in the data folder) are not in it: keep them elsewhere."
    )


def restore(file: str) -> None:
    settings = settings_of_command()
    private_folder(settings.data_dir)
    with sole_use(settings), assembled(settings) as runtime:
        _refuse_running_parts(settings)
        try:
            contents = restore_backup(runtime.database, Path(file).absolute())
        except BackupRefused as error:
            raise CommandFailed(str(error)) from error
        with runtime.database.read() as connection:
            closed = unopened(connection, runtime.sealer)
    say(f"{_told(contents)} restored; every calendar is read whole before its times are offered")
    if closed:
        tell(
            f"{closed} accounts have secrets that the present keys do not open:"
            " set FREEHOLD_ENCRYPTION_KEYS to the keys of the program that was backed up"
        )


def _refuse_running_parts(settings: Settings) -> None:
    if settings.redis_url is None and running_queue_url(settings) is not None:
        raise CommandFailed("parts of Freehold run on this data folder; stop them first")


def _told(contents: Contents) -> str:
    return f"{contents.rows} rows of {contents.taken_at.isoformat(timespec='seconds')}"
