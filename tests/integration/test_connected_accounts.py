"""Accounts connected on a page and the practice file: neither takes the other's away."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from booking.store.tables import provider
from service.connect.tables import farewell
from service.practice_file.commands import export_command
from service.runtime import Runtime
from sync.matching import MatchRule
from sync.store.accounts import AccountSetup, save_account
from sync.store.ports import sealing
from sync.store.tables import account, calendar_rule
from tests.support.google_practice import ACCOUNT, apply_text, practice_text
from tests.support.runtimes import HandClock, runtime_on

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
BARE = practice_text("")
WRITES_ELSEWHERE = practice_text(ACCOUNT.replace("ada-google", "other"))


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with runtime_on(f"sqlite:///{tmp_path / 'freehold.db'}", tmp_path, HandClock(NOON)) as built:
        apply_text(built, tmp_path, BARE)
        with built.database.write() as connection:
            row = connection.execute(select(provider)).one()
            save_account(
                connection,
                practice_id=row.practice_id,
                provider_id=row.id,
                setup=AccountSetup(
                    "google", "google", rules=(MatchRule("ada@example.com", "write"),), by_page=True
                ),
                secret=sealing(built.sealer, "the secret"),
                now=NOON,
            )
        yield built


def row(runtime: Runtime, name: str = "google") -> Any:
    with runtime.database.read() as connection:
        return connection.execute(select(account).where(account.c.name == name)).one()


def roles(runtime: Runtime) -> list[str]:
    with runtime.database.read() as connection:
        return list(connection.execute(select(calendar_rule.c.role)).scalars())


def exported(runtime: Runtime) -> str:
    return "\n".join(export_command(None, database=runtime.database)[1])


def test_a_file_that_does_not_name_it_leaves_it(runtime: Runtime, tmp_path: Path) -> None:
    assert apply_text(runtime, tmp_path, BARE) == ["0 changes"]
    apply_text(runtime, tmp_path, BARE.replace("45", "50"))
    assert (row(runtime).removed_at, row(runtime).by_page, roles(runtime)) == (None, True, ["write"])


def test_it_is_exported_without_its_secret_and_applied_without_a_change(
    runtime: Runtime, tmp_path: Path
) -> None:
    text = exported(runtime)
    assert 'name = "google"' in text
    assert "secret" not in text
    assert apply_text(runtime, tmp_path, text) == ["0 changes"]
    assert row(runtime).by_page


def test_a_file_that_names_it_says_what_its_calendars_are_for(runtime: Runtime, tmp_path: Path) -> None:
    apply_text(runtime, tmp_path, exported(runtime).replace('role = "write"', 'role = "ignore"'))
    assert roles(runtime) == ["ignore"]
    stored = row(runtime)
    assert runtime.sealer.unseal(stored.secret_enc, row=stored.id) == b"the secret"


def test_a_file_that_writes_elsewhere_leaves_it_to_be_read(runtime: Runtime, tmp_path: Path) -> None:
    document = {"refresh_token": "1//x", "client_id": "id", "client_secret": "s"}
    (tmp_path / "other.json").write_text(json.dumps(document))
    apply_text(runtime, tmp_path, WRITES_ELSEWHERE)
    assert sorted(roles(runtime)) == ["busy", "write"]


def test_a_file_that_gives_it_a_secret_has_the_say_from_then_on(runtime: Runtime, tmp_path: Path) -> None:
    document = {"refresh_token": "1//x", "client_id": "id", "client_secret": "s"}
    (tmp_path / "google.json").write_text(json.dumps(document))
    apply_text(runtime, tmp_path, practice_text(ACCOUNT.replace("ada-google", "google")))
    assert not row(runtime).by_page
    apply_text(runtime, tmp_path, BARE)
    assert row(runtime).removed_at is not None


def test_it_goes_with_its_provider(runtime: Runtime, tmp_path: Path) -> None:
    start, end = BARE.index("[[providers]]"), BARE.index("[[users]]")
    apply_text(runtime, tmp_path, BARE[:start] + BARE[end:].replace('"provider"', '"manager"'))
    assert row(runtime).removed_at is not None


def test_google_is_told_of_an_account_that_goes_with_its_provider(runtime: Runtime, tmp_path: Path) -> None:
    start, end = BARE.index("[[providers]]"), BARE.index("[[users]]")
    apply_text(runtime, tmp_path, BARE[:start] + BARE[end:].replace('"provider"', '"manager"'))
    with runtime.database.read() as connection:
        (parting,) = connection.execute(select(farewell)).all()
    assert parting.account_id == row(runtime).id
    assert runtime.sealer.unseal(parting.secret_enc, row=parting.id) == b"the secret"
