"""A WSGI application that answers its own process id: what the web server serves when only the server is tested."""

import os
from collections.abc import Iterable
from typing import Any

from service.lifeline import watch_parent

watch_parent()


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
