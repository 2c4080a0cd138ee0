"""``freehold up`` and its parts: what runs, what is replaced, and that nothing is left behind."""

import json
import os
import signal
import socket
from urllib.request import urlopen

import pytest

from service.lifeline import is_alive
from tests.support.command import Freehold
from tests.support.practice_text import GOOD
from tests.support.process import LOOPBACK, free_port, wait_until


@pytest.fixture
def freehold(freehold: Freehold) -> Freehold:
    freehold.settings |= {"PORT": str(free_port()), "WEB_CONCURRENCY": "1"}
    return freehold


def answers(freehold: Freehold, path: str) -> bool:
    try:
        with urlopen(f"http://{LOOPBACK}:{freehold.settings['PORT']}{path}", timeout=60) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def test_up_makes_the_schema_and_runs_every_part_until_it_is_ready(freehold: Freehold) -> None:
    with freehold.running("up") as up:
        wait_until(lambda: answers(freehold, "/readyz"), what="readiness")
        assert up.record["url"] == f"http://{LOOPBACK}:{freehold.settings['PORT']}"
        assert {entry["role"] for entry in up.record["processes"]} == {"web", "worker", "scheduler", "queue"}
        assert len(up.pids("worker")) == 2
        pids = [up.process.pid, *up.pids()]
        assert up.stop() == 0
        assert [pid for pid in pids if is_alive(pid)] == []
        assert not (freehold.data_dir / "run.json").exists()
        assert [line for line in up.err.splitlines() if not line.startswith("{")] == []


def test_a_dead_worker_is_replaced_and_ctrl_c_is_exit_0(freehold: Freehold) -> None:
    with freehold.running("up") as up:
        up.until_told("Freehold runs at")
        before = set(up.pids("worker"))
        os.kill(min(before), signal.SIGKILL)
        wait_until(lambda: len(set(up.pids("worker")) - before) == 1, what="a new worker")
        assert up.stop(signal.SIGINT) == 0


def test_other_commands_work_beside_it_and_it_sees_their_changes(freehold: Freehold) -> None:
    with freehold.running("up"):
        wait_until(lambda: answers(freehold, "/readyz"), what="readiness")
        assert not answers(freehold, "/book/elm-street")
        freehold("apply", "-", stdin=GOOD)
        assert answers(freehold, "/book/elm-street")


def test_a_taken_port_is_exit_1_and_leaves_nothing(freehold: Freehold) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        freehold.settings["PORT"] = str(other.getsockname()[1])
        for word in ("up", "web", "demo"):
            freehold("db", "upgrade")
            done = freehold.process(word, check=False)
            assert (done.code, done.out) == (1, "")
            assert f"port {freehold.settings['PORT']} is taken" in done.err
            assert not (freehold.data_dir / "run.json").exists()
            assert not (freehold.data_dir / "queue.json").exists()


def test_a_signal_while_it_is_being_prepared_ends_it_quietly(freehold: Freehold) -> None:
    with freehold.running("up") as up:
        wait_until((freehold.data_dir / "secret_key").exists, what="the first sign of life")
        assert up.stop() in (0, -signal.SIGTERM)
        assert not (freehold.data_dir / "run.json").exists()


@pytest.mark.parametrize("part", ["web", "worker", "scheduler"])
def test_a_part_alone_starts_the_queue_ends_by_a_signal_and_takes_the_queue_along(
    freehold: Freehold, part: str
) -> None:
    freehold("db", "upgrade")
    with freehold.running(part) as running:
        queue = _queue_of(freehold)
        if part == "web":
            wait_until(lambda: answers(freehold, "/healthz"), what="the web server")
        assert running.stop() == 0
        wait_until(lambda: not is_alive(queue), what="the queue's end")


def _queue_of(freehold: Freehold) -> int:
    record = freehold.data_dir / "queue.json"
    wait_until(record.exists, what="the queue")
    return int(json.loads(record.read_bytes())["server_pid"])
