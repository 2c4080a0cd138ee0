"""Rows that time makes due, each worked on in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from booking.desk.means import Means

Row = TypeVar("Row")


def each_row(
    means: Means,
    find: Callable[[Connection], Sequence[Row]],
    work: Callable[[Connection, Row], bool],
) -> int:
    """Does the work for every row found, until none is found; one row's fault does not keep the others waiting.

    ``work`` looks at the row anew and returns False where nothing was left to do. Returns how many were done.
    """
    done = 0
    failed: list[Row] = []
    errors: list[Exception] = []

    def one(row: Row) -> bool:
        return means.write(lambda connection: work(connection, row))

    while True:
        with means.books.read() as connection:
            found = [row for row in find(connection) if row not in failed]
        if not found:
            break
        count = 0
        for row in found:
            try:
                count += one(row)
            except Exception as error:  # noqa: BLE001 - told below, when the others are done
                failed.append(row)
                errors.append(error)
        if not count:
            break
        done += count
    if errors:
        raise ExceptionGroup("some requests could not be worked on", errors)
    return done
