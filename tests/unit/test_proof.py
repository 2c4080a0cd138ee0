"""docs/proof.md names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")


def test_every_case_has_one_line() -> None:
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, 93))


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`([^`:]+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 92
    texts = {file: (ROOT / "tests" / file).read_text(encoding="utf-8") for file, _ in named}
    missing = [f"{file}::{test}" for file, test in named if f"\ndef {test}(" not in texts[file]]
    assert missing == []


def test_every_case_is_proved_by_something() -> None:
    lines = re.findall(r"^\| (\d+) \|.*\|(.*)\|$", PAGE, re.MULTILINE)
    assert [number for number, proof in lines if "::test_" not in proof] == []
