"""The guide to Google names everything that is shown when something is wrong there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.connect.troubles import TEXTS

ROOT = Path(__file__).parents[2]
GUIDE = " ".join((ROOT / "docs/google.md").read_text().split())
ERRORS = {
    "AuthorizationLost",
    "Refused",
    "Unavailable",
    "Throttled",
    "Rejected",
    "PushRefused",
    "CalendarMissing",
}


def told() -> Iterator[str]:
    """What each error of the backend begins with, as far as it is the same each time."""
    for path in sorted((ROOT / "sync/backends/google").glob("*.py")):
        tree = ast.parse(path.read_text())
        names = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and node.args:
                first = node.args[0]
                text = _beginning(names.get(first.id, first) if isinstance(first, ast.Name) else first)
                if text:
                    yield text


def _beginning(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("text", sorted({*told(), *(title for title, _ in TEXTS.values())}))
def test_the_guide_has_a_mend_for_it(text: str) -> None:
    start = re.split(r"[.,;:(]", text)[0].strip()
    assert start in GUIDE
