"""A process tree of small parts: ``python -m tests.support.process_tree up|web|idle|deaf|crash``.

``PATIENCE`` in the environment is how many seconds ``up`` waits for parts that were asked to end.
"""

import os
import signal
import sys
import time
from types import FrameType

from service import processes
from service.lifeline import watch_parent
from service.logs import configure_logs
from service.process_child import ChildSpec
from service.processes import AlreadyRunning, run_tree
from service.queue.embedded import join_queue
from service.settings import load_settings
from service.web_server import PortTaken, serve_web


def main(role: str, *parts: str) -> int:
    settings = load_settings(dotenv=None)
    configure_logs(settings)
    watch_parent()
    if role == "up":
        if "PATIENCE" in os.environ:
            processes._PATIENCE_SECONDS = float(os.environ["PATIENCE"])  # type: ignore[misc]
        specs = [ChildSpec(name, (sys.executable, "-m", __spec__.name, name)) for name in parts]
        try:
            run_tree(settings, parts=specs, started=lambda: print("started", flush=True))
        except (AlreadyRunning, PortTaken) as error:
            print(error, file=sys.stderr)
            return 1
    elif role == "web":
        serve_web(settings, "tests.support.tiny_web:app")
    elif role == "join":
        print(join_queue(settings).server_pid, flush=True)
        time.sleep(600)
    elif role == "crash":
        return 3
    else:
        if role == "deaf":
            signal.signal(signal.SIGTERM, _heard)
            print("deaf from here on", file=sys.stderr, flush=True)
        time.sleep(600)
    return 0


def _heard(_number: int, _frame: FrameType | None) -> None:
    print("heard and ignored", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
