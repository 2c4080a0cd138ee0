"""Serves the web application: Granian's WSGI workers on HOST and PORT."""

import errno
import multiprocessing
import os
import socket

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from service.lifeline import environment_of_child
from service.settings import Settings

# Threads of one worker that run Python at once: enough that a few slow answers (a live check of a calendar, up to 3 s)
# do not stop the others, few enough for SQLite's one writer and for a PostgreSQL pool.
_THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)
_WAITING = 64
_STOP_SECONDS = 8
# Everything goes to our own root handler; the workers have theirs set up when they load the application.
_LOGGERS = {name: {"handlers": [], "propagate": True} for name in ("_granian", "granian.access")}


class PortTaken(Exception):
    """Somebody else listens there already."""


def serve_web(settings: Settings, target: str = "service.wsgi:app") -> None:
    """Serves ``target`` (``module:name`` of a WSGI application) until SIGTERM or SIGINT; requests under way are
    finished first, for up to 8 s. Raises PortTaken before anything is started, SystemExit(1) if a worker cannot start.

    The application's module calls ``service.lifeline.watch_parent``, so that no worker outlives its server.
    """
    address = refuse_taken_port(settings)
    # A forked worker would share this process's threads' locks and the queue's users lock.
    multiprocessing.set_start_method("spawn", force=True)
    os.environ.update(environment_of_child())
    Granian(
        target,
        address=address,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_concurrency,
        blocking_threads=_THREADS,
        backpressure=_WAITING,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig={"loggers": _LOGGERS, "handlers": {}, "formatters": {}},
        log_access=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=_STOP_SECONDS,
    ).serve()


def refuse_taken_port(settings: Settings) -> str:
    """The address HOST stands for, IPv4 first. Raises PortTaken, naming it, if PORT cannot be listened on there."""
    where = f"{settings.host} port {settings.port}"
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        with socket.socket(family, kind, protocol) as probe:
            # As the server itself does, so that connections of before that are still closing do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"{where} is taken by another program; set FREEHOLD_PORT to a free one") from None
        raise PortTaken(
            f"cannot listen on {where}: {error.strerror}; see FREEHOLD_HOST and FREEHOLD_PORT"
        ) from None
    return str(address[0])
