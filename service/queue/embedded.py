"""Joins the queue: the server REDIS_URL names, or our own that its first user starts and its last one ends."""

import fcntl
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from service.lifeline import is_alive
from service.queue.folders import QueueFolders, QueueUnavailable, locked, open_lock, try_lock
from service.settings import Settings

__all__ = ["QueueHandle", "QueueUnavailable", "connect", "join_queue", "running_queue_url"]

_START_SECONDS: Final = 15.0
_END_SECONDS: Final = 4.0
_ONE_TRY: Final = Retry(NoBackoff(), retries=0)


@dataclass
class QueueHandle:
    """One process's use of the queue, until ``close``. ``url`` is for redis-py; it may hold a password."""

    url: str
    _folders: QueueFolders | None = None
    _users_lock: int | None = None

    def __repr__(self) -> str:
        return f"QueueHandle(embedded={self._folders is not None})"

    @property
    def server_pid(self) -> int | None:
        """The embedded server's process id; None for a server that is not ours, or is not there."""
        found = self._folders.read() if self._folders is not None else None
        return found.server_pid if found is not None and is_alive(found.server_pid) else None

    def revive(self) -> None:
        """Starts the embedded server again if it does not answer. Raises QueueUnavailable if that fails."""
        if self._folders is not None:
            _start_if_needed(self._folders)

    def close(self, *, wait: bool = False) -> None:
        """Ends this use; with ``wait``, returns only when the server has ended, if this was its last user."""
        if self._folders is None or self._users_lock is None:
            return
        os.close(self._users_lock)
        self._users_lock = None
        if wait:
            _wait_for_end(self._folders)


def join_queue(settings: Settings) -> QueueHandle:
    """Uses the queue, starting the embedded server if nobody else has. Raises QueueUnavailable.

    The use lasts until ``close`` or this process's end, however it ends.
    """
    if settings.redis_url is not None:
        return QueueHandle(settings.redis_url.get_secret_value())
    folders = QueueFolders(settings.data_dir)
    try:
        folders.make()
        users_lock = open_lock(folders.users_lock)
    except OSError as error:
        raise QueueUnavailable(f"{settings.data_dir} cannot hold the queue: {error.strerror}") from error
    try:
        fcntl.flock(users_lock, fcntl.LOCK_SH)  # waits while a keeper that lost its last user ends the server
        _start_if_needed(folders)
        found = folders.read()
    except BaseException:
        os.close(users_lock)
        raise
    if found is None:
        os.close(users_lock)
        raise QueueUnavailable("the queue server ended as soon as it was started")
    return QueueHandle(_url(found.socket), folders, users_lock)


def connect(handle: QueueHandle) -> redis.Redis:
    """A client with time-outs that outlasts a restart of the server."""
    return _client(handle.url)


def running_queue_url(settings: Settings) -> str | None:
    """The queue's URL for one who rings if somebody is there and does not join; None if no server answers."""
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    found = QueueFolders(settings.data_dir).read()
    return _url(found.socket) if found is not None and _answers(found.socket) else None


def _client(url: str) -> redis.Redis:
    client: redis.Redis = redis.Redis.from_url(
        url,
        socket_connect_timeout=5,
        socket_timeout=60,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), retries=5),
    )
    return client


def _url(socket: str) -> str:
    return f"unix://{quote(socket)}"


def _start_if_needed(folders: QueueFolders) -> None:
    with locked(folders.start_lock):
        deadline = time.monotonic() + _START_SECONDS
        asked = 0.0
        while not _is_up(folders):
            if time.monotonic() > deadline:
                raise QueueUnavailable(f"the queue server does not start: {_last_line(folders.log)}")
            # Asked again now and then: a keeper that finds an old server still ending leaves at once.
            if time.monotonic() - asked > 1:
                asked = time.monotonic()
                _start_keeper(folders)
            time.sleep(0.02)


def _is_up(folders: QueueFolders) -> bool:
    found = folders.read()
    return found is not None and is_alive(found.server_pid) and _answers(found.socket)


def _start_keeper(folders: QueueFolders) -> None:
    subprocess.run(
        [sys.executable, "-m", "service.queue.keeper", str(folders.data_dir)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
        check=True,
    )


def _answers(socket: str) -> bool:
    client = redis.Redis(unix_socket_path=socket, socket_timeout=2, socket_connect_timeout=2, retry=_ONE_TRY)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


def _wait_for_end(folders: QueueFolders) -> None:
    """Returns when the server is gone, at once when others use it, and after a while in any case."""
    probe = open_lock(folders.server_lock)
    users = open_lock(folders.users_lock)
    deadline = time.monotonic() + _END_SECONDS
    try:
        while not try_lock(probe) and time.monotonic() < deadline:
            if _has_other_users(users):
                return
            time.sleep(0.05)
    finally:
        os.close(probe)
        os.close(users)


def _has_other_users(users_lock: int) -> bool:
    try:
        fcntl.flock(users_lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False  # the keeper holds it: it is ending the server
    try:
        return not try_lock(users_lock)
    finally:
        fcntl.flock(users_lock, fcntl.LOCK_UN)


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else f"see {log}"
