"""Where the embedded queue server keeps its data, its socket, its locks, and the record of its whereabouts."""

import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from service.kept_secrets import private_folder

# A socket's address holds 108 bytes on Linux and 104 elsewhere.
LONGEST_SOCKET_PATH: Final = 100


class QueueUnavailable(Exception):
    """The queue cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Whereabouts:
    """The running server: its keeper's and its own process id, and its socket."""

    keeper_pid: int
    server_pid: int
    socket: str


@dataclass(frozen=True)
class QueueFolders:
    """The queue's files of one data folder."""

    data_dir: Path

    @property
    def data(self) -> Path:
        return self.data_dir / "queue"

    @property
    def record(self) -> Path:
        """A file with the server's whereabouts; missing while there is none."""
        return self.data_dir / "queue.json"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the queue, exclusively by a keeper that ends it."""
        return self.data_dir / "queue.users"

    @property
    def start_lock(self) -> Path:
        """Held exclusively by whoever is starting the server."""
        return self.data_dir / "queue.start"

    @property
    def server_lock(self) -> Path:
        """Held exclusively by the keeper and the server together: two servers never share the data."""
        return self.data_dir / "queue.server"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def make(self) -> None:
        private_folder(self.data_dir)
        private_folder(self.data)

    def socket(self) -> Path:
        """The socket's path: in the data folder, or in a private folder of its own if that path is too long.

        Raises QueueUnavailable if such a folder is somebody else's or open to others.
        """
        near = self.data_dir / "queue.sock"
        if len(os.fsencode(near)) <= LONGEST_SOCKET_PATH:
            return near
        digest = hashlib.sha256(os.fsencode(self.data_dir.resolve())).hexdigest()[:16]
        folder = Path(_short_temporary_folder()) / f"freehold-{os.geteuid()}-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        _refuse_foreign(folder)
        return folder / "queue.sock"

    def read(self) -> Whereabouts | None:
        try:
            return Whereabouts(**json.loads(self.record.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, whereabouts: Whereabouts) -> None:
        draft = self.record.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(asdict(whereabouts)), encoding="utf-8")
        draft.replace(self.record)


def open_lock(path: Path) -> int:
    """A file descriptor for ``fcntl.flock``; the file stays, for removing it would let two hold the lock."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds ``path`` exclusively, waiting for it."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Takes the lock exclusively if that is possible at once."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _short_temporary_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) <= 40 else "/tmp"  # noqa: S108  # the folder within is checked


def _refuse_foreign(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise QueueUnavailable(
            f"{folder} must be this user's own and closed to others; remove it, or give a shorter DATA_DIR"
        )
