"""The process tree of ``freehold up``, with real processes, a real web server and a real queue server."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from service.lifeline import is_alive
from tests.support.process import LOOPBACK, free_port, listening, wait_until

ROOT = Path(__file__).resolve().parents[2]

PATIENCE = 120
"""Seconds on a busy machine, where each process takes its time to start; how quick it is, is not asserted."""


class Tree:
    """One ``up`` of small parts; its output is in ``errors``."""

    def __init__(self, data_dir: Path, port: int, *parts: str) -> None:
        self.port = port
        self.record_file = data_dir / "run.json"
        self.errors = data_dir.parent / f"{data_dir.name}.err"
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.process_tree", "up", *parts],
                cwd=ROOT,
                env={**os.environ, "FREEHOLD_DATA_DIR": str(data_dir), "FREEHOLD_PORT": str(port)},
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def started(self) -> "Tree":
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"started\n", self.errors.read_text()
        return self

    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.record_file.read_bytes())
        return found

    def pid(self, role: str) -> int:
        return next(int(entry["pid"]) for entry in self.record()["processes"] if entry["role"] == role)

    def pids(self) -> list[int]:
        return [self.process.pid, *(int(entry["pid"]) for entry in self.record()["processes"])]

    def until_told(self, text: str) -> None:
        wait_until(lambda: text in self.errors.read_text(), what=text)

    def answer(self, path: str = "/") -> str:
        with urlopen(f"http://{LOOPBACK}:{self.port}{path}", timeout=PATIENCE) as response:
            return response.read().decode()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def up(data_dir: Path) -> Iterator[Any]:
    trees: list[Tree] = []

    def start(*parts: str, port: int | None = None) -> Tree:
        tree = Tree(data_dir, port or free_port(), *parts)
        trees.append(tree)
        return tree

    yield start
    for tree in trees:
        tree.close()


def test_the_run_record_names_every_process_and_where_the_web_server_listens(up: Any) -> None:
    tree = up("web", "worker").started()
    wait_until(lambda: listening(tree.port), what="the web server listening")
    record = tree.record()
    assert record["pid"] == tree.process.pid
    assert record["url"] == f"http://127.0.0.1:{tree.port}"
    assert {entry["role"] for entry in record["processes"]} == {"web", "worker", "queue"}
    assert all(is_alive(pid) for pid in tree.pids())


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_with_exit_code_0(up: Any, stop: signal.Signals) -> None:
    tree = up("web", "idle").started()
    wait_until(lambda: listening(tree.port), what="the web server listening")
    pids = [*tree.pids(), int(tree.answer())]
    tree.process.send_signal(stop)
    assert tree.process.wait(PATIENCE) == 0
    assert [pid for pid in pids if is_alive(pid)] == []
    assert not tree.record_file.exists()
    assert not listening(tree.port)


def test_a_part_that_will_not_end_is_killed_in_time(up: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATIENCE", "0.5")
    tree = up("deaf").started()
    tree.until_told("deaf from here on")
    pids = tree.pids()
    tree.process.terminate()
    assert tree.process.wait(PATIENCE) == 0
    assert [pid for pid in pids if is_alive(pid)] == []


def test_a_second_signal_ends_everything_at_once(up: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first would wait for days."""
    monkeypatch.setenv("PATIENCE", "1e6")
    tree = up("deaf").started()
    tree.until_told("deaf from here on")
    deaf = tree.pid("deaf")
    tree.process.terminate()
    tree.until_told("heard and ignored")
    assert is_alive(deaf)
    tree.process.send_signal(signal.SIGINT)
    assert tree.process.wait(PATIENCE) == 0
    assert not is_alive(deaf)


def test_a_killed_part_is_replaced_each_time(up: Any) -> None:
    tree = up("idle", "worker").started()
    for _ in range(3):
        before = tree.pid("worker")
        os.kill(before, signal.SIGKILL)
        wait_until(
            lambda old=before: tree.pid("worker") != old, timeout_seconds=PATIENCE, what="a new worker"
        )
    assert is_alive(tree.pid("worker"))


def test_a_part_that_crashes_at_once_is_tried_again_with_pauses_and_disturbs_no_other(up: Any) -> None:
    tree = up("idle", "crash").started()
    idle = tree.pid("idle")
    wait_until(
        lambda: tree.errors.read_text().count('"part ended"') >= 3,
        timeout_seconds=PATIENCE,
        what="three crashes",
    )
    assert tree.pid("idle") == idle
    assert is_alive(idle)
    assert tree.errors.read_text().count('"part ended"') < 10


def test_a_killed_web_server_takes_its_workers_along_and_is_back_on_its_port(up: Any) -> None:
    tree = up("web").started()
    wait_until(lambda: listening(tree.port), what="the web server listening")
    old_worker = int(tree.answer())
    os.kill(tree.pid("web"), signal.SIGKILL)
    wait_until(lambda: not is_alive(old_worker), timeout_seconds=PATIENCE, what="the old worker's end")
    wait_until(lambda: listening(tree.port), timeout_seconds=PATIENCE, what="a new web server")
    assert int(tree.answer()) != old_worker


def test_a_request_under_way_is_answered_before_the_web_server_ends(up: Any, data_dir: Path) -> None:
    tree = up("web", "idle").started()
    idle = tree.pid("idle")
    wait_until(lambda: listening(tree.port), what="the web server listening")
    os.mkfifo(data_dir / "slow")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(tree.answer, "/slow")
        with (data_dir / "slow").open("wb"):  # once the request is there to read from it
            tree.process.terminate()
            wait_until(lambda: not is_alive(idle), what="the end of what was asked after the web server")
            assert not answer.done()
        assert answer.result().isdigit()
    assert tree.process.wait(PATIENCE) == 0


def test_the_host_may_be_a_name(up: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_HOST", "localhost")
    tree = up("web").started()
    wait_until(lambda: listening(tree.port), what="the web server listening")
    assert tree.record()["url"] == f"http://localhost:{tree.port}"


def test_every_line_on_stderr_is_json(up: Any) -> None:
    tree = up("web", "crash").started()
    wait_until(lambda: listening(tree.port), what="the web server listening")
    os.kill(int(tree.answer()), signal.SIGKILL)
    wait_until(lambda: '"_granian"' in tree.errors.read_text(), what="a line of the web server's")
    tree.close()
    lines = tree.errors.read_text().splitlines()
    assert [line for line in lines if not line.startswith("{")] == []


def test_a_web_server_started_by_hand_takes_its_workers_along_when_it_is_killed(tmp_path: Path) -> None:
    port = free_port()
    environ = {"FREEHOLD_DATA_DIR": str(tmp_path), "FREEHOLD_PORT": str(port)}
    web = subprocess.Popen(
        [sys.executable, "-m", "tests.support.process_tree", "web"], cwd=ROOT, env={**os.environ, **environ}
    )
    try:
        wait_until(lambda: listening(port), what="the web server listening")
        with urlopen(f"http://{LOOPBACK}:{port}/", timeout=PATIENCE) as response:
            worker = int(response.read())
    finally:
        web.kill()
        web.wait()
    wait_until(lambda: not is_alive(worker), timeout_seconds=PATIENCE, what="the worker's end")


def test_a_killed_queue_server_is_replaced_and_recorded(up: Any) -> None:
    tree = up("idle").started()
    before = tree.pid("queue")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: tree.pid("queue") != before, timeout_seconds=PATIENCE, what="a new queue server")
    assert is_alive(tree.pid("queue"))


def test_a_killed_keeper_takes_the_queue_server_along_and_both_are_replaced(up: Any, data_dir: Path) -> None:
    tree = up("idle").started()
    before = tree.pid("queue")
    os.kill(json.loads((data_dir / "queue.json").read_bytes())["keeper_pid"], signal.SIGKILL)
    wait_until(lambda: not is_alive(before), timeout_seconds=PATIENCE, what="the old server's end")
    wait_until(lambda: tree.pid("queue") != before, timeout_seconds=PATIENCE, what="a new queue server")
    assert is_alive(tree.pid("queue"))


def test_when_the_parent_is_killed_nothing_of_it_is_left(up: Any) -> None:
    tree = up("web", "idle", "deaf").started()
    wait_until(lambda: listening(tree.port), what="the web server listening")
    pids = [*tree.pids(), int(tree.answer())]
    tree.process.kill()
    wait_until(
        lambda: not any(is_alive(pid) for pid in pids), timeout_seconds=PATIENCE, what="the end of all"
    )
    assert not listening(tree.port)


def test_a_tree_starts_again_after_its_parent_was_killed(up: Any) -> None:
    first = up("idle").started()
    first.process.kill()
    second = up("idle").started()
    assert second.record()["pid"] == second.process.pid


def test_a_taken_port_is_named_and_nothing_is_started(up: Any, data_dir: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        tree = up("idle", port=port)
        assert tree.process.wait(PATIENCE) == 1
    assert f"port {port} is taken" in tree.errors.read_text()
    assert not tree.record_file.exists()
    assert not (data_dir / "queue.json").exists()


def test_a_second_tree_on_the_same_data_names_the_first_and_leaves_it_alone(up: Any) -> None:
    first = up("idle").started()
    second = up("idle")
    assert second.process.wait(PATIENCE) == 1
    assert str(first.process.pid) in second.errors.read_text()
    assert all(is_alive(pid) for pid in first.pids())
