"""Static files. Each is served under a name that holds its hash, to be kept for good, and under its plain name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

PREFIX: Final = "/static/"
_PLAIN_SECONDS: Final = 600


class Assets:
    """The files below each room's folder, by ``room/path``. Read once: a changed file is seen at the next start."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._files = {
            f"{room}/{path.relative_to(folder).as_posix()}": path
            for room, folder in folders.items()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._hashed = {name: _hashed(name, path) for name, path in self._files.items()}

    def url(self, name: str) -> str:
        """The lasting address of ``room/path``. Raises ``KeyError`` if there is no such file."""
        return PREFIX + self._hashed[name]

    def install(self, app: Flask, headers: Mapping[str, str]) -> None:
        """Serves the files with these headers; all other addresses are ``app``'s."""

        def add_headers(found: Headers, _path: str, _url: str) -> None:
            for name, value in headers.items():
                found[name] = value

        lasting = frozenset(self.url(name) for name in self._files)
        noise = WhiteNoise(
            app.wsgi_app,
            max_age=_PLAIN_SECONDS,
            allow_all_origins=False,
            immutable_file_test=lambda _path, url: url in lasting,
            add_headers_function=add_headers,
        )
        for name, path in self._files.items():
            noise.add_file_to_dictionary(self.url(name), str(path))
            # A style sheet names its fonts and images by their plain names.
            noise.add_file_to_dictionary(PREFIX + name, str(path))
        app.wsgi_app = noise  # type: ignore[method-assign]


def _hashed(name: str, path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    plain = PurePosixPath(name)
    return plain.with_name(f"{plain.stem}.{digest}{plain.suffix}").as_posix()
