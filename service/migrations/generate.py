"""Writes the next revision from the difference between the tables and the revisions so far.

``python -m service.migrations.generate "subject"``. Before a first release ``--first`` writes the first one anew
instead. Read what it wrote before you keep it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from service.database import Database
from service.schema import configuration, upgrade

_VERSIONS = Path(__file__).parent / "versions"
_FIRST = "The tables of the first release"


def generate(subject: str) -> Path:
    """The path of the new revision; its number follows the last one's."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        try:
            upgrade(database)
            with database.write() as connection:
                config = configuration(connection)
                number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
                return _written(config, subject, number)
        finally:
            database.close()


def generate_first() -> Path:
    """The path of the first revision, written as if there were none; later ones stay as they are."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        try:
            with database.write() as connection:
                config = configuration(connection)
                config.set_main_option("version_locations", folder)
                written = _written(config, _FIRST, 1)
                path = _VERSIONS / written.name
                path.write_text(written.read_text())
                return path
        finally:
            database.close()


def _written(config: Config, subject: str, number: int) -> Path:
    script = command.revision(config, subject, autogenerate=True, rev_id=f"{number:04d}")
    if script is None or isinstance(script, list):
        raise RuntimeError("alembic wrote no single revision")
    return Path(script.path)


if __name__ == "__main__":
    words = sys.argv[1:]
    path = generate_first() if words == ["--first"] else generate(" ".join(words) or "Change the tables")
    sys.stdout.write(f"{path}\n")
