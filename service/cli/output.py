"""What a command prints: its answer on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence


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
    """A table; on a terminal with colours and fitted to its width, elsewhere plain, one row a line."""
    lines = [[" ".join(cell.split()) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        _say_plain([list(columns), *lines])
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns[:-1]:
        table.add_column(Text(column), no_wrap=True)
    table.add_column(Text(columns[-1]), overflow="fold")
    for line in lines:
        # As Text: what stands in a cell is never taken for markup.
        table.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in line))
    Console().print(table)


def _say_plain(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


_COLOURS = {
    "ok": "green", "fresh": "green", "yes": "green",
    "new": "cyan",
    "warn": "yellow", "held": "yellow", "request_only": "yellow",
    "fail": "red", "failing": "red", "missing": "red", "needs_reauth": "red", "refused": "red",
    "unreachable": "red", "closed": "red", "no": "red",
}  # fmt: skip
