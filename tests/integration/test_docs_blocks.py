"""The documents say only what works: their blocks run, and their links lead somewhere.

A block is run when its opening fence says so: ```` ```python run ```` or ```` ```console run ````. In a
console block lines that begin with ``$ `` are commands, and the lines between are their output, where ``...``
stands for anything. The blocks of one document run in order in one empty folder.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(?P<language>\w+) run\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:|#)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")


@dataclass(frozen=True)
class Block:
    document: Path
    line: int
    language: str
    text: str


def blocks_of(document: Path) -> list[Block]:
    text = (ROOT / document).read_text()
    return [
        Block(document, text[: match.start()].count("\n") + 1, match["language"], match["text"])
        for match in FENCE.finditer(text)
    ]


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if blocks_of(path)], ids=str)
def test_the_blocks_of_a_document_run(document, tmp_path):
    for block in blocks_of(document):
        runner = {"python": run_python, "console": run_console}[block.language]
        runner(block, tmp_path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_the_links_of_a_document_lead_somewhere(document):
    targets = [match["target"] for match in LINK.finditer((ROOT / document).read_text())]
    assert [target for target in targets if not (ROOT / document.parent / target).exists()] == []


def run_python(block: Block, folder: Path) -> None:
    run([sys.executable, "-c", block.text], block, folder)


def run_console(block: Block, folder: Path) -> None:
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        output = run(["bash", "-euo", "pipefail", "-c", command], block, folder)
        pattern = ".*".join(re.escape(piece) for piece in expected.strip().split("..."))
        assert re.fullmatch(pattern, output.strip(), re.DOTALL), f"{where(block)}: {command}\n{output}"


def run(command: list[str], block: Block, folder: Path) -> str:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "FREEHOLD_DATA_DIR": str(folder / "data"),
    }
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, f"{where(block)}\n{result.stdout}{result.stderr}"
    return result.stdout


def where(block: Block) -> str:
    return f"{block.document}:{block.line}"
