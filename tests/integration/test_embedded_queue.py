"""The embedded queue server: started by its first user, shared, ended by its last, whatever happens to any of them."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from service.lifeline import is_alive
from service.queue.embedded import QueueHandle, QueueUnavailable, connect, join_queue, running_queue_url
from service.queue.folders import QueueFolders
from service.settings import Settings, load_settings
from tests.support.process import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"FREEHOLD_DATA_DIR": str(tmp_path / "data")}, dotenv=None)


@pytest.fixture
def handle(settings: Settings) -> Iterator[QueueHandle]:
    handle = join_queue(settings)
    yield handle
    handle.close(wait=True)


@pytest.fixture
def user(settings: Settings) -> Iterator[Any]:
    """Starts other processes that join the queue; each has printed the server's process id."""
    processes: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.process_tree", "join"],
            cwd=ROOT,
            env={**os.environ, "FREEHOLD_DATA_DIR": str(settings.data_dir)},
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def server_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_a_first_user_finds_a_server_that_answers(handle: QueueHandle) -> None:
    assert connect(handle).ping()


def test_the_server_listens_on_a_socket_of_its_owner_and_on_no_port(
    handle: QueueHandle, settings: Settings
) -> None:
    socket = QueueFolders(settings.data_dir).read()
    assert socket is not None
    assert stat.S_IMODE(Path(socket.socket).stat().st_mode) == 0o700
    assert connect(handle).info("server")["tcp_port"] == 0


def test_two_users_that_start_at_once_share_one_server(user: Any) -> None:
    first, second = user(), user()
    assert server_pid(first) == server_pid(second)


def test_many_users_of_one_process_that_start_at_once_share_one_server(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        handles = list(pool.map(lambda _: join_queue(settings), range(8)))
    pids = {handle.server_pid for handle in handles}
    for handle in handles:
        handle.close(wait=True)
    assert len(pids) == 1


def test_the_server_stays_while_one_user_is_left(settings: Settings, handle: QueueHandle) -> None:
    other = join_queue(settings)
    other.close(wait=True)
    assert connect(handle).ping()


def test_the_last_user_ends_the_server(settings: Settings) -> None:
    handle = join_queue(settings)
    pid = handle.server_pid
    assert pid is not None
    handle.close(wait=True)
    assert not is_alive(pid)
    assert running_queue_url(settings) is None


def test_killed_users_end_the_server(user: Any) -> None:
    first, second = user(), user()
    pid = server_pid(first)
    first.kill()
    second.kill()
    wait_until(lambda: not is_alive(pid), what="the server's end")


def test_a_user_that_comes_while_the_server_is_ending_gets_a_new_one(settings: Settings) -> None:
    for _ in range(3):
        handle = join_queue(settings)
        handle.close()
        again = join_queue(settings)
        assert connect(again).ping()
        again.close(wait=True)


def test_a_killed_server_is_back_with_its_keys(handle: QueueHandle) -> None:
    before = handle.server_pid
    assert before is not None
    client = connect(handle)
    client.set("kept", "yes")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: handle.server_pid not in (None, before), what="a new server")
    handle.revive()
    assert client.get("kept") == b"yes"


def test_the_next_start_finds_the_keys_of_the_last(settings: Settings) -> None:
    first = join_queue(settings)
    connect(first).set("kept", "yes")
    first.close(wait=True)
    second = join_queue(settings)
    kept = connect(second).get("kept")
    second.close(wait=True)
    assert kept == b"yes"


def test_a_killed_keeper_takes_the_server_along_and_revive_starts_both(
    handle: QueueHandle, settings: Settings
) -> None:
    found = QueueFolders(settings.data_dir).read()
    assert found is not None
    os.kill(found.keeper_pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(found.server_pid), what="the server's end")
    handle.revive()
    assert connect(handle).ping()
    assert handle.server_pid != found.server_pid


def test_data_the_server_cannot_read_is_set_aside(settings: Settings) -> None:
    first = join_queue(settings)
    connect(first).set("kept", "yes")
    first.close(wait=True)
    folder = QueueFolders(settings.data_dir).data / "appendonlydir"
    for manifest in folder.glob("*.manifest"):
        manifest.write_text("nonsense\n")
    second = join_queue(settings)
    assert connect(second).ping()
    second.close(wait=True)
    assert (folder.parent / "appendonlydir.broken").is_dir()


@pytest.mark.parametrize("command", ["FLUSHALL", "FLUSHDB", "CONFIG", "DEBUG", "MODULE", "REPLICAOF"])
def test_commands_no_job_needs_are_unknown_to_the_server(handle: QueueHandle, command: str) -> None:
    with pytest.raises(redis.ResponseError, match="unknown command"):
        connect(handle).execute_command(command)


def test_one_who_does_not_join_finds_the_running_server(handle: QueueHandle, settings: Settings) -> None:
    assert running_queue_url(settings) == handle.url


def test_one_who_does_not_join_starts_nothing(settings: Settings) -> None:
    assert running_queue_url(settings) is None
    assert not QueueFolders(settings.data_dir).data.exists()


def test_a_data_folder_too_deep_for_a_socket_gets_a_private_one(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    settings = load_settings({"FREEHOLD_DATA_DIR": str(deep)}, dotenv=None)
    handle = join_queue(settings)
    socket = QueueFolders(deep).socket()
    alive = connect(handle).ping()
    mode = stat.S_IMODE(socket.parent.stat().st_mode)
    handle.close(wait=True)
    socket.parent.rmdir()
    assert alive
    assert mode == 0o700
    assert len(os.fsencode(socket)) <= 100


def test_a_private_socket_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    folders = QueueFolders(tmp_path / ("deep" * 30))
    folder = folders.socket().parent
    folder.chmod(0o755)
    try:
        with pytest.raises(QueueUnavailable, match="closed to others"):
            folders.socket()
    finally:
        folder.rmdir()


def test_a_folder_name_with_quotes_and_spaces_is_no_trouble(tmp_path: Path) -> None:
    settings = load_settings({"FREEHOLD_DATA_DIR": str(tmp_path / 'a "b" c')}, dotenv=None)
    handle = join_queue(settings)
    answered = connect(handle).ping()
    handle.close(wait=True)
    assert answered


def test_a_given_server_is_used_as_it_is_and_shown_to_nobody(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "FREEHOLD_DATA_DIR": str(tmp_path),
            "FREEHOLD_REDIS_URL": "redis://:hush@queue.example:6379/0",
            "FREEHOLD_SECRET_KEY": "k3" * 20 + "x",
            "FREEHOLD_ENCRYPTION_KEYS": "0123456789012345678901234567890123456789012=",
        },
        dotenv=None,
    )
    handle = join_queue(settings)
    assert handle.url == "redis://:hush@queue.example:6379/0"
    assert handle.server_pid is None
    assert "hush" not in repr(handle)
