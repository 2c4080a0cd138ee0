"""A WSGI application that answers its own process id, at /slow once it is let: for tests of the server alone."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from service.lifeline import watch_parent

watch_parent()


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        # A pipe with a name, which the test has made: it is open as long as the test keeps it so.
        Path(os.environ["FREEHOLD_DATA_DIR"], "slow").read_bytes()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
