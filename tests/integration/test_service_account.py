"""A service account of the practice file, from the file to the calendar."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from service.practice_file.commands import Place, apply_command, export_command
from service.runtime import Runtime
from service.work import drain_all
from sync.store.tables import account
from tests.support.google_account import ADA
from tests.support.google_practice import ACCOUNT, apply_text, practice_text
from tests.support.google_server import GoogleServer
from tests.support.runtimes import HandClock, runtime_on

KEY = f'  service_account_file = "key.json"\n  subject = "{ADA}"\n'
TEXT = practice_text(ACCOUNT.replace('  authorized_user_file = "ada-google.json"\n', KEY))


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with GoogleServer() as google:
        google.add_person(ADA, name="Work")
        (tmp_path / "key.json").write_text(json.dumps(google.service_account()))
        url, clock = f"sqlite:///{tmp_path / 'f.db'}", HandClock(datetime(2026, 11, 23, 17, tzinfo=UTC))
        with runtime_on(url, tmp_path, clock, GOOGLE_API_ENDPOINT=google.url) as built:
            yield built


def test_it_is_read_and_its_key_is_stored_sealed(runtime: Runtime, tmp_path: Path) -> None:
    apply_text(runtime, tmp_path, TEXT)
    drain_all(runtime)
    with runtime.database.read() as connection:
        row = connection.execute(select(account)).one()
    assert row.state == "ok"
    assert b"PRIVATE KEY" not in row.secret_enc
    assert json.loads(runtime.sealer.unseal(row.secret_enc, row=row.id))["subject"] == ADA


def test_it_is_exported_by_name_and_applied_without_a_change(runtime: Runtime, tmp_path: Path) -> None:
    apply_text(runtime, tmp_path, TEXT)
    text = "\n".join(export_command(None, database=runtime.database)[1])
    assert 'service_account_file = "key.json"' in text
    assert "PRIVATE KEY" not in text
    assert apply_text(runtime, tmp_path, text) == ["0 changes"]


@pytest.mark.parametrize(
    "old, new, said",
    [
        (f'  subject = "{ADA}"\n', "", "subject: this key is missing"),
        ("key.json", "none.json", "none.json cannot be read"),
        ("key.json", "f.db", "f.db is not"),
        ('  service_account_file = "key.json"\n', "", "only an account with service_account_file"),
    ],
)
def test_what_is_wrong_with_it_is_named(
    runtime: Runtime, tmp_path: Path, old: str, new: str, said: str
) -> None:
    code, _, told = apply_command(
        "-", stdin=TEXT.replace(old, new).encode, place=Place({}, tmp_path, True),
        database=runtime.database, cipher=runtime.sealer, now=runtime.now(),
    )  # fmt: skip
    assert code == 2
    assert said in "\n".join(told)
