"""Secrets a single machine makes for itself at its first start and keeps in its data folder."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The text kept at ``path``; made, and kept readable by its owner only, if the file is missing.

    Processes that start at once all get the same text: a whole file is linked into place, the first wins.
    Raises OSError when the folder cannot be written, ValueError when the file is empty.
    """
    if not path.exists():
        _keep_if_missing(path, make())
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise ValueError(f"{path} is empty")
    return text


def private_folder(path: Path) -> Path:
    """``path`` as a folder that exists; one that had to be made is its owner's only: it will hold secrets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _keep_if_missing(path: Path, text: str) -> None:
    private_folder(path.parent)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first; its secret is the one
    finally:
        Path(draft).unlink()
