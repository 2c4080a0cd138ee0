"""Ties a child process to its parent: when the parent is gone, however it went, the child ends too."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

PARENT_VARIABLE: Final = "FREEHOLD_PARENT_PID"
_POLL_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 7.0
_PR_SET_PDEATHSIG: Final = 1
# Loaded before any fork: between fork and exec nothing may be imported.
_prctl: Final = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def tied_to_parent(sent: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """A ``preexec_fn`` for ``subprocess``: the kernel sends ``sent`` to the child when this thread ends.

    Only Linux can do that; elsewhere the child itself has to call ``watch_parent``.
    """
    parent = os.getpid()

    def tie() -> None:
        _ask_kernel(sent)
        # The parent may have ended before the kernel knew.
        if os.getppid() != parent:
            os._exit(1)

    return tie


def environment_of_child() -> dict[str, str]:
    """What a child needs in its environment for ``watch_parent``."""
    return {PARENT_VARIABLE: str(os.getpid())}


def watch_parent() -> None:
    """Ends this process when the parent named in its environment ends: by SIGTERM, and 7 s later at once.

    Without such a name nothing is watched, so a part started by hand outlives the shell it was started from.
    """
    named = os.environ.get(PARENT_VARIABLE, "")
    if not named.isdigit():
        return
    _ask_kernel(signal.SIGTERM)
    threading.Thread(target=_watch, args=(int(named),), name="parent-watch", daemon=True).start()


def is_alive(pid: int) -> bool:
    """Whether that process runs; one that has ended but was not yet waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[0]
        )
    except (OSError, IndexError):
        return True  # no /proc here, or gone this instant
    return state not in {"Z", "X"}


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE_SECONDS)
    os._exit(1)


def _ask_kernel(sent: signal.Signals) -> None:
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
