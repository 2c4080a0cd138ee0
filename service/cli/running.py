"""Commands that run the program or a part of it until they are told to stop."""

from __future__ import annotations

import signal
import threading

from service.cli.failure import CommandFailed
from service.cli.opening import assembled, database_of, opened, refuse_outdated, settings_of_part
from service.cli.output import say
from service.processes import part, run_tree
from service.queue.embedded import join_queue
from service.schema import upgrade
from service.settings import Settings
from service.web_server import refuse_taken_port, serve_web

# Two workers, so that a first reading that takes minutes keeps no request waiting.
PARTS = ("web", "worker", "worker", "scheduler")


def up() -> None:
    """Web, workers and scheduler in one tree of processes."""
    settings = settings_of_part()
    prepare(settings)
    run_tree(
        settings,
        parts=[part(role) for role in PARTS],
        started=lambda: say(f"Freehold runs at {settings.base_url}; Ctrl-C stops it."),
    )


def prepare(settings: Settings) -> None:
    """Brings the schema up to date; a taken port is told before anything is changed."""
    refuse_taken_port(settings)
    with database_of(settings) as database:
        upgrade(database)


def web() -> None:
    settings = settings_of_part()
    with database_of(settings) as database:
        refuse_outdated(database)
    refuse_taken_port(settings)
    queue = join_queue(settings)
    try:
        serve_web(settings)
    finally:
        queue.close()


def worker() -> None:
    from service.jobs import serve

    settings = settings_of_part()
    with assembled(settings) as runtime:
        refuse_outdated(runtime.database)
        queue = join_queue(settings)
        try:
            serve(runtime, queue)
        finally:
            queue.close()


def worker_burst() -> None:
    """All that is due now, in this process and without a queue."""
    from service.work import drain_all

    with opened() as runtime:
        drained = drain_all(runtime)
    say(f"{drained.done} done, {drained.failed} failed")
    if drained.failed:
        raise CommandFailed("something failed; freehold accounts and the dashboard say what")


def scheduler() -> None:
    from service.schedule import run_scheduler

    settings = settings_of_part()
    with assembled(settings) as runtime:
        refuse_outdated(runtime.database)
        queue = join_queue(settings)
        stop = threading.Event()
        for asked in (signal.SIGTERM, signal.SIGINT):
            signal.signal(asked, lambda *_: stop.set())
        try:
            run_scheduler(runtime, stop)
        finally:
            queue.close()
