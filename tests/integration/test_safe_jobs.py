"""Jobs on a real queue server: what we put there runs, what anybody else puts there does not."""

import json
import os
import pickle
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import redis
from rq import Callback, Queue
from rq.group import Group
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.webhook import Webhook

from service.queue.safe import FAILURE_TTL_SECONDS, SafeQueue, SafeWorker
from tests.support.log_lines import logging_as_in_production
from tests.support.marked_jobs import Marks

CALLBACK = "tests.support.marked_jobs.callback"


@pytest.fixture
def client(valkey_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def marks(client: redis.Redis, tmp_path: Path) -> Marks:
    return Marks(client, tmp_path)


@pytest.fixture
def queue(client: redis.Redis) -> SafeQueue:
    return SafeQueue("default", connection=client)


@pytest.fixture
def intruder(client: redis.Redis) -> Queue:
    """RQ as it comes, for whoever can write to the queue server."""
    return Queue("default", connection=client, serializer=JSONSerializer)


@pytest.fixture
def work(client: redis.Redis, marks: Marks) -> Any:
    """Works until the queue is empty."""

    def run() -> SafeWorker:
        allowed = {"good": marks.good, "failing": marks.failing, "answering": marks.answering}
        worker = SafeWorker(["default"], connection=client, allowed=allowed)
        worker.work(burst=True)
        return worker

    return run


def everything_stored(client: redis.Redis) -> str:
    """All bytes on the server, unpacked where RQ packs them."""
    texts = []
    for key in client.scan_iter():
        dump = {b"hash": client.hgetall, b"stream": client.xrange}.get(client.type(key))
        texts.append(repr(dump(key) if dump else key))
    for key in client.scan_iter("rq:job:*"):
        if client.type(key) == b"hash":
            packed = client.hget(key, "exc_info")
            texts.append(zlib.decompress(packed).decode() if packed else "")
            job = Job.fetch(key.decode().rpartition(":")[2], connection=client, serializer=JSONSerializer)
            texts += [str(result.exc_string) for result in job.results()]
    return "\n".join(texts)


def test_an_allowed_function_runs_with_its_arguments(queue: SafeQueue, work: Any, marks: Marks) -> None:
    queue.ring("good", "one")
    work()
    assert marks.found == ["one"]


def test_jobs_run_in_the_order_they_were_rung_for(queue: SafeQueue, work: Any, marks: Marks) -> None:
    for word in ("one", "two", "three"):
        queue.ring("good", word)
    work()
    assert marks.found == ["one", "two", "three"]


def test_a_finished_job_leaves_neither_answer_nor_entry(
    queue: SafeQueue, work: Any, client: redis.Redis
) -> None:
    job_id = queue.ring("answering", "hush")
    work()
    assert not Job.exists(job_id, connection=client)


@pytest.mark.parametrize("value", [["a"], {"a": 1}, b"bytes", object()])
def test_ringing_with_anything_but_a_scalar_is_refused(queue: SafeQueue, value: Any) -> None:
    with pytest.raises(ValueError, match="scalars"):
        queue.ring("good", value)


class Bomb:
    """Executes a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self._mark}",)


def test_a_planted_pickle_is_not_opened(
    queue: SafeQueue, work: Any, marks: Marks, client: redis.Redis
) -> None:
    job_id = queue.ring("good", "one")
    bomb = pickle.dumps(Bomb(marks.file))
    client.hset(f"rq:job:{job_id}", mapping={"data": zlib.compress(bomb), "meta": bomb, "result": bomb})
    queue.ring("good", "two")
    work()
    assert not marks.file.exists()
    assert marks.found == ["two"]


def test_a_planted_pickle_in_a_group_is_not_opened(
    queue: SafeQueue, work: Any, marks: Marks, client: redis.Redis
) -> None:
    job_id = queue.ring("good", "one")
    client.hset(f"rq:job:{job_id}", "meta", pickle.dumps(Bomb(marks.file)))
    client.sadd(Group.REDIS_GROUP_KEY, "planted")
    client.sadd(Group.get_key("planted"), job_id)
    work()
    assert not marks.file.exists()


def test_a_function_that_is_not_ours_is_not_run(intruder: Queue, work: Any, marks: Marks) -> None:
    intruder.enqueue("os.system", f"touch {marks.file}")
    work()
    assert not marks.file.exists()


def test_a_method_of_a_planted_object_is_not_run(
    queue: SafeQueue, work: Any, marks: Marks, client: redis.Redis
) -> None:
    job_id = queue.ring("good", "one")
    client.hset(f"rq:job:{job_id}", "data", zlib.compress(json.dumps(["good", "text", ["one"], {}]).encode()))
    work()
    assert marks.found == []


@pytest.mark.parametrize("args", [[["nested"]], [{"a": 1}]])
def test_an_allowed_function_with_planted_structures_is_not_run(
    intruder: Queue, work: Any, marks: Marks, args: list[Any]
) -> None:
    intruder.enqueue("good", args=args)
    work()
    assert marks.found == []


@pytest.mark.parametrize("hook", ["on_success", "on_failure", "on_stopped"])
def test_an_allowed_function_with_a_callback_is_not_run_and_neither_is_the_callback(
    intruder: Queue, work: Any, marks: Marks, client: redis.Redis, hook: str
) -> None:
    intruder.enqueue_call("good", args=("one",), **{hook: Callback(CALLBACK)})
    work()
    assert marks.found == []
    assert "callbacks are not allowed" in everything_stored(client)


@pytest.mark.parametrize("status", ["finished", "failed"])
def test_a_planted_webhook_calls_nobody(intruder: Queue, work: Any, marks: Marks, status: Any) -> None:
    called: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=server.serve_forever, daemon=True).start()
    webhook = Webhook(f"http://127.0.0.1:{server.server_port}/hit", status)
    intruder.enqueue_call("good", args=("one",), webhooks=[webhook])
    work()
    server.shutdown()
    server.server_close()
    assert called == []
    assert marks.found == []


@pytest.mark.parametrize("field", ["timeout", "status", "created_at", "failure_ttl", "retry_intervals"])
def test_an_unreadable_entry_is_dropped_and_the_next_one_runs(
    queue: SafeQueue, work: Any, marks: Marks, client: redis.Redis, field: str
) -> None:
    job_id = queue.ring("good", "one")
    client.hset(f"rq:job:{job_id}", field, "nonsense")
    queue.ring("good", "two")
    work()
    assert marks.found == ["two"]


def test_a_failed_job_does_not_stop_the_next_one(queue: SafeQueue, work: Any, marks: Marks) -> None:
    queue.ring("failing", "hush")
    queue.ring("good", "one")
    work()
    assert marks.found == ["one"]


def test_nothing_of_a_failures_text_is_stored(queue: SafeQueue, work: Any, client: redis.Redis) -> None:
    queue.ring("failing", "Zqxname")
    work()
    stored = everything_stored(client)
    assert "JobFailed: RuntimeError" in stored
    assert "Therapy" not in stored
    assert "token=" not in stored


def test_nothing_of_a_failures_text_is_logged(queue: SafeQueue, work: Any, tmp_path: Path) -> None:
    queue.ring("failing", "Zqxname")
    with logging_as_in_production(tmp_path) as logged:
        work()
    assert [line["error"] for line in logged.lines if line["event"] == "job failed"]
    assert "Zqxname" not in logged.text


def test_failures_are_forgotten_after_seven_days(queue: SafeQueue, work: Any, client: redis.Redis) -> None:
    job_id = queue.ring("failing", "x")
    work()
    assert 0 < client.ttl(f"rq:job:{job_id}") <= FAILURE_TTL_SECONDS


def test_a_worker_takes_no_orders_by_way_of_the_queue_server(client: redis.Redis, marks: Marks) -> None:
    worker = SafeWorker(["default"], connection=client, allowed={})
    worker.bootstrap()
    listeners = client.pubsub_numsub(f"rq:pubsub:{worker.name}")
    worker.teardown()
    assert [count for _, count in listeners] == [0]
