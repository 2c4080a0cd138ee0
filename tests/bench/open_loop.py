"""Requests at fixed instants, whether or not earlier ones were answered: what visitors do, and wrk does not.

python -m tests.bench.open_loop HOST PORT PATH RATE SECONDS    prints {"seen": [ms], "took": [ms]}
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque

from tests.bench.served import TOOK

_SPARE = 16

Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def play(host: str, port: int, path: str, rate: float, seconds: float) -> dict[str, list[float]]:
    """``seen``: milliseconds from the instant a request was due to its answer's end; ``took``: those of the server."""
    loop = asyncio.get_running_loop()
    free: deque[Pipe] = deque([await asyncio.open_connection(host, port) for _ in range(_SPARE)])
    text = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    seen: list[float] = []
    took: list[float] = []

    async def one(due: float) -> None:
        pipe = free.popleft() if free else await asyncio.open_connection(host, port)
        reader, writer = pipe
        writer.write(text)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        fields = dict(line.split(": ", 1) for line in head[1:] if line)
        await reader.readexactly(int(fields["content-length"]))
        seen.append((loop.time() - due) * 1000)
        if " 200" not in head[0]:
            raise SystemExit(f"answered {head[0]}")
        took.append(int(fields[TOOK.lower()]) / 1000)
        free.append(pipe)

    begin = loop.time() + 0.1
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            await asyncio.sleep(due - loop.time())
            group.create_task(one(due))
    for _, writer in free:
        writer.close()
    return {"seen": seen, "took": took}


if __name__ == "__main__":
    where, port, path, rate, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(play(where, int(port), path, float(rate), float(seconds)))))
