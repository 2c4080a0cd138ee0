"""What is measured of the endpoint of offered time: the program itself, timed, and beside it a bare version read.

Both answer through the same server, the same pool and the same kind of transaction; ``/bare`` knows nothing of Flask.

PYTHONPATH=. python -m tests.bench.served    serves with the settings of the environment until it is ended
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import func, select

from booking.store.tables import stamp

Start = Callable[..., Any]
TOOK = "X-Took"
"""Microseconds from the call of the application to its answer."""


def _application() -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    # Read when the server loads it, not when this module is run to start the server.
    from service.http.frame import frame
    from service.wsgi import app as program

    with program.app_context():
        books = frame().books
    version = select(func.max(stamp.c.version))

    def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/bare":
            with books.read() as connection:
                body = str(connection.execute(version).scalar()).encode()
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
            return [body]
        begin = time.perf_counter_ns()

        def timed(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            took = (time.perf_counter_ns() - begin) // 1000
            return start_response(status, [*headers, (TOOK, str(took))], *more)

        return program(environ, timed)

    return application


def __getattr__(name: str) -> Any:
    if name == "app":
        return _application()
    raise AttributeError(name)


if __name__ == "__main__":
    from service.settings import load_settings
    from service.web_server import serve_web

    serve_web(load_settings(), "tests.bench.served:app")
