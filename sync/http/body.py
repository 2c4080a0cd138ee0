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


def open_body(raw: BaseHTTPResponse, budget: Budget) -> BinaryIO:
    """The whole body, received and ready to be read; raises as ``read_body``."""
    if not budget.limits.packed:
        return BytesIO(read_body(raw, budget))
    packer, pieces = zlib.compressobj(level=1), []

    def keep(chunk: bytes) -> None:
        pieces.append(packer.compress(chunk))

    _receive(raw, budget, keep)
    pieces.append(packer.flush())
    return BufferedReader(_Unpacking(pieces), _CHUNK)


class _Unpacking(RawIOBase):
    """Reads what was packed, and lets go of it on the way."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces[::-1]
        self._unpacker = zlib.decompressobj()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
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
