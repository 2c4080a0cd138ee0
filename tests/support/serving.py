"""The application on a port of this machine, in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from service.app import create_app
from service.runtime import Runtime
from tests.support.process import LOOPBACK


@contextmanager
def serving(runtime: Runtime, port: int) -> Iterator[None]:
    """Browsers find the pages of ``runtime`` at ``port`` as long as the block lasts."""
    http = make_server(LOOPBACK, port, create_app(runtime), threaded=True)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
