"""Reading an answer without letting its sender decide how much."""

import zlib
from collections.abc import Callable
from io import BufferedReader, BytesIO, RawIOBase
from typing import BinaryIO

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import DecodeError, HTTPError

from sync.http.budget import Budget
from sync.http.errors import BROKEN_OFF, DeadlineExceeded, ResponseTooLarge, Unreachable

_CHUNK = 64 * 1024
PLAIN = 8 * 2**20
"""Bytes of a long body that are kept as they came."""


def open_body(raw: BaseHTTPResponse, budget: Budget) -> BinaryIO:
    """The whole body, received and ready to be read; raises as ``read_body``."""
    if not budget.limits.packed:
        return BytesIO(read_body(raw, budget))
    packed = _Packed()
    _receive(raw, budget, packed.keep)
    return BufferedReader(packed.reader(), _CHUNK)


class _Packed:
    """Keeps the begin of a body as it is, which costs nothing, and what comes after it compressed."""

    def __init__(self) -> None:
        self._plain: list[bytes] = []
        self._left = PLAIN
        self._packer = zlib.compressobj(level=1)
        self._pieces: list[bytes] = []

    def keep(self, chunk: bytes) -> None:
        if self._left > 0:
            self._left -= len(chunk)
            self._plain.append(chunk)
        else:
            self._pieces.append(self._packer.compress(chunk))

    def reader(self) -> RawIOBase:
        self._pieces.append(self._packer.flush())
        return _Unpacking(self._plain, self._pieces)


class _Unpacking(RawIOBase):
    """Reads what was kept, and lets go of it on the way."""

    def __init__(self, plain: list[bytes], pieces: list[bytes]) -> None:
        self._plain = plain[::-1]
        self._pieces = pieces[::-1]
        self._unpacker = zlib.decompressobj()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while self._plain:
            data = self._plain.pop()
            if len(data) > len(buffer):
                self._plain.append(data[len(buffer) :])
                data = data[: len(buffer)]
            if data:
                buffer[: len(data)] = data
                return len(data)
        while self._rest or self._pieces:
            self._rest = self._rest or self._pieces.pop()
            data = self._unpacker.decompress(self._rest, len(buffer))
            self._rest = self._unpacker.unconsumed_tail
            if data:
                buffer[: len(data)] = data
                return len(data)
        data = self._unpacker.decompress(b"", len(buffer))
        buffer[: len(data)] = data
        return len(data)


def read_body(raw: BaseHTTPResponse, budget: Budget) -> bytes:
    """The whole decompressed body, at most ``budget.limits.body_bytes`` of it; its connection goes back to
    the pool.

    Raises `ResponseTooLarge`, `DeadlineExceeded` or `Unreachable`, and then the connection is closed.
    """
    chunks: list[bytes] = []
    _receive(raw, budget, chunks.append)
    return b"".join(chunks)


def _receive(raw: BaseHTTPResponse, budget: Budget, keep: Callable[[bytes], None]) -> None:
    limit = budget.limits.body_bytes
    try:
        if _declared(raw) > limit:
            raise ResponseTooLarge(limit)
        size = 0
        for chunk in raw.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            # Compressed bytes count as well: they may expand to nothing and never end.
            if size > limit or raw.tell() > limit:
                raise ResponseTooLarge(limit)
            keep(chunk)
    except DecodeError as error:
        raw.close()
        raise Unreachable("encoding", BROKEN_OFF) from error
    except (HTTPError, OSError) as error:
        raw.close()
        if budget.spent:
            raise DeadlineExceeded from error
        raise Unreachable("cut", BROKEN_OFF) from error
    except BaseException:
        raw.close()
        raise
    raw.release_conn()


def _declared(raw: BaseHTTPResponse) -> int:
    length = raw.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
