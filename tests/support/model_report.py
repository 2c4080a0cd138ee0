"""What the long model runs measured: lines in ``build/model.json``, from as many processes as there are."""

import fcntl
import json
import os
from pathlib import Path

RUNS = int(os.environ.get("MODEL_RUNS", "0"))
"""How many runs the long mode makes of each kind; 0: the quick mode."""
LONG = RUNS > 0

_FILE = Path(__file__).parents[2] / "build" / "model.json"


def note(count: str, value: int, bar: str, *, holds: bool) -> None:
    """Add one line: what was counted, how much, what was asked for and whether it was met."""
    print(f"{count}: {value} ({bar}) {'holds' if holds else 'FAILS'}")
    if not LONG:
        return
    _FILE.parent.mkdir(exist_ok=True)
    with _FILE.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        lines = json.loads(text) if text else []
        lines.append({"count": count, "value": value, "bar": bar, "holds": holds})
        file.seek(0)
        file.truncate()
        file.write(json.dumps(lines, indent=1) + "\n")


if __name__ == "__main__":
    for line in json.loads(_FILE.read_text(encoding="utf-8")):
        print(
            f"{'holds' if line['holds'] else 'FAILS'}  {line['value']:>7}  {line['bar']:<14} {line['count']}"
        )
