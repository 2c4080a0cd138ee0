"""The commands ``apply`` and ``export`` as functions: exit code, lines for stdout, lines for stderr."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from booking.store.practices import practice_slugs
from service.mirror import StoredMirror
from service.practice_file.apply import apply, foresee
from service.practice_file.compare import change_lines
from service.practice_file.names import Known
from service.practice_file.problems import PracticeFileWrong
from service.practice_file.read import PracticeFile, read_practice_file
from service.practice_file.render import render_practice
from service.practice_file.stored import load_stored
from sync.store.ports import Cipher, Transactions

DONE = 0
FAILED = 1
WRONG_USE = 2
STDIN = "-"
_LARGEST_FILE = 20 * 1024 * 1024

Answer = tuple[int, list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a practice file is read: the environment and folder of whoever calls, and what the settings allow."""

    environ: Mapping[str, str]
    folder: Path
    allow_private_hosts: bool


def apply_command(
    source: str,
    *,
    stdin: Callable[[], bytes],
    place: Place,
    database: Transactions,
    cipher: Cipher,
    now: datetime,
    dry_run: bool = False,
) -> Answer:
    """``freehold apply SOURCE``; ``-`` is stdin. The schema must be up to date.

    With ``dry_run`` nothing is changed, and before the last line stands what would open and close.
    A wrong or unreadable file is exit 2 with all problems on stderr, and nothing has changed.
    """
    try:
        text = _text(place.folder / source, stdin if source == STDIN else None)
    except (OSError, ValueError) as error:
        return WRONG_USE, [], [f"{source}: {_reason(error)}"]
    try:
        file = _read(source, text, place, database)
    except PracticeFileWrong as wrong:
        return WRONG_USE, [], list(wrong.lines)
    if dry_run:
        changes, impacts = foresee(database, cipher, StoredMirror(cipher), file, now=now)
        return DONE, change_lines(changes, impacts), list(file.warnings)
    return DONE, change_lines(apply(database, cipher, file, now=now)), list(file.warnings)


def _text(path: Path, stdin: Callable[[], bytes] | None) -> str:
    if stdin is not None:
        content = stdin()
    else:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise ValueError(f"the file is larger than {_LARGEST_FILE // 1024 // 1024} MiB")
    return content.decode()


def _read(source: str, text: str, place: Place, database: Transactions) -> PracticeFile:
    def recall(slug: str) -> Known:
        with database.read() as connection:
            stored = load_stored(connection, slug)
        return stored.known if stored else Known()

    return read_practice_file(
        text,
        name="stdin" if source == STDIN else source,
        environ=place.environ,
        base_dir=place.folder if source == STDIN else (place.folder / source).parent,
        allow_private_hosts=place.allow_private_hosts,
        recall=recall,
    )


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"the file is not UTF-8 text (byte {error.start})"
    if isinstance(error, OSError):
        return f"the file cannot be read ({error.strerror or 'error'})"
    return str(error)


def export_command(slug: str | None, *, database: Transactions) -> Answer:
    """``freehold export [--practice SLUG]``: the practice file on stdout, secrets left out.

    Without a slug there must be one practice only (exit 2); an unknown one, or none at all, is exit 1.
    """
    with database.read() as connection:
        slugs = practice_slugs(connection)
        if slug is None and len(slugs) > 1:
            return (
                WRONG_USE,
                [],
                [f"there are {len(slugs)} practices; name one: --practice {' | '.join(slugs)}"],
            )
        wanted = slug if slug is not None else next(iter(slugs), None)
        stored = None if wanted is None else load_stored(connection, wanted)
    if stored is None:
        text = "there is no practice yet; freehold apply FILE.toml makes one"
        return FAILED, [], [text if wanted is None else f'there is no practice "{wanted}"']
    return DONE, render_practice(stored.practice).splitlines(), []
