"""What the parts of a process are put together from."""

from pathlib import Path
from typing import Any

import pytest

from service.runtime import Runtime
from service.settings import load_settings
from sync.backends.access import AccountAccess


def quota_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **given: str) -> Any:
    """What an account's requests are counted with."""
    seen: list[AccountAccess] = []
    monkeypatch.setattr("service.runtime.open_backend", seen.append)
    environ = {f"FREEHOLD_{name}": value for name, value in {"DATA_DIR": str(tmp_path), **given}.items()}
    runtime = Runtime.build(load_settings(environ, dotenv=None))
    runtime.open_backend(AccountAccess("google", "", "", "{}"))
    return seen[0].quota


def test_requests_to_google_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert quota_of(tmp_path, monkeypatch) is not None


def test_a_server_of_this_machine_that_stands_in_for_google_has_no_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quota_of(tmp_path, monkeypatch, GOOGLE_API_ENDPOINT="http://127.0.0.1:9000") is None
