"""An expander that runs as a child: a line of JSON in, a line of JSON out. One that hangs or dies is started anew."""

from __future__ import annotations

import json
import select
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_PATIENCE = 10.0


class NoAnswer(Exception):
    """The expander refused, failed or did not end; the message says which."""


class LineProcess:
    """Starts ``command`` when it is first asked. Close it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, **request: object) -> Any:
        """What was ``found``. Raises NoAnswer."""
        if self._child is None:
            self._child = subprocess.Popen(
                self._command,
                cwd=HERE,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        answer = self._exchange(self._child, json.dumps(request).encode() + b"\n")
        if not answer:
            self.close()
            raise NoAnswer("it does not end")
        document = json.loads(answer)
        if "error" in document:
            raise NoAnswer(document["error"])
        return document["found"]

    @staticmethod
    def _exchange(child: subprocess.Popen[bytes], line: bytes) -> bytes:
        if child.stdin is None or child.stdout is None:
            raise NoAnswer("it has no pipes")
        try:
            child.stdin.write(line)
            child.stdin.flush()
        except BrokenPipeError:
            return b""
        ready, _, _ = select.select([child.stdout], [], [], _PATIENCE)
        return child.stdout.readline() if ready else b""

    def close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()
