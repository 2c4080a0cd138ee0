"""What a command prints: its answer on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any


def say(*lines: str) -> None:
    """Lines of the answer."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell(*lines: str) -> None:
    """Lines beside the answer: what went wrong, or what one should know."""
    for line in lines:
        sys.stderr.write(line + "\n")


def say_document(document: object) -> None:
    """The answer as one JSON document."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for people on a terminal; elsewhere the same cells, tab by tab, one row a line, without a header."""
    if not sys.stdout.isatty():
        for row in rows:
            say("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(coloured(cell) for cell in row))
    Console().print(table)


_COLOURS = {
    "ok": "green", "fresh": "green", "yes": "green",
    "new": "cyan",
    "warn": "yellow", "held": "yellow", "request_only": "yellow",
    "fail": "red", "failing": "red", "missing": "red", "needs_reauth": "red", "refused": "red",
    "unreachable": "red", "closed": "red", "no": "red",
}  # fmt: skip


def coloured(cell: str) -> Any:
    """The cell for rich: words of state have their colour, nothing in a cell is markup."""
    from rich.text import Text

    return Text(cell, style=_COLOURS.get(cell, ""))
