"""Asking for the next part of a long reading while the last one is taken in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def one_ahead(call: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[T, R]]:
    """Each item with its result, in order; while one is dealt with the next is under way in another thread.

    Never more than one, so memory stays bounded. What ``call`` raises is raised here, in its turn. A single item
    needs no thread.
    """
    if len(items) < 2:
        yield from ((item, call(item)) for item in items)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        last: tuple[T, Future[R]] | None = None
        for item in items:
            started = (item, pool.submit(call, item))
            if last is not None:
                yield last[0], last[1].result()
            last = started
        if last is not None:
            yield last[0], last[1].result()
