"""Reading an answer without letting its sender decide how much."""

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import DecodeError, HTTPError

from sync.http.budget import Budget
from sync.http.errors import BROKEN_OFF, DeadlineExceeded, ResponseTooLarge, Unreachable

_CHUNK = 64 * 1024


def read_body(raw: BaseHTTPResponse, budget: Budget) -> bytes:
    """The whole decompressed body, at most ``budget.limits.body_bytes`` of it; its connection goes back to
    the pool.

    Raises `ResponseTooLarge`, `DeadlineExceeded` or `Unreachable`, and then the connection is closed.
    """
    limit = budget.limits.body_bytes
    try:
        if _declared(raw) > limit:
            raise ResponseTooLarge(limit)
        chunks: list[bytes] = []
        size = 0
        for chunk in raw.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            # Compressed bytes count as well: they may expand to nothing and never end.
            if size > limit or raw.tell() > limit:
                raise ResponseTooLarge(limit)
            chunks.append(chunk)
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
    return b"".join(chunks)


def _declared(raw: BaseHTTPResponse) -> int:
    length = raw.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
