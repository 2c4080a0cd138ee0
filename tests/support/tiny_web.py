"""A WSGI application that answers its own process id, at /slow after a second: for tests of the server alone."""

import os
import time
from collections.abc import Iterable
from typing import Any

from service.lifeline import watch_parent

watch_parent()


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
