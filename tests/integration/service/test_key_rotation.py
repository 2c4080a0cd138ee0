"""New keys: everything stored is encrypted anew beside a running worker, and then the old key can go."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from service.doctor import examine
from service.key_rotation import count, outdated, rotate, sealed_columns
from service.runtime import Runtime
from service.secrecy import Sealer
from service.work import drain_all
from sync.store.due import read_now
from sync.store.tables import account, entry
from tests.support.google_account import ADA, timed
from tests.support.google_practice import google_practice
from tests.support.google_server import GoogleServer
from tests.support.runtimes import HandClock, runtime_on

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
EVENTS = 1_500


def keyed(url: str, folder: Path, google: GoogleServer, keys: str):  # type: ignore[no-untyped-def]
    return runtime_on(url, folder, HandClock(NOON), GOOGLE_API_ENDPOINT=google.url, ENCRYPTION_KEYS=keys)


def filled(runtime: Runtime, google: GoogleServer, folder: Path) -> None:
    google.add_person(ADA, name="Work")
    for number in range(EVENTS):
        google.put(ADA, timed("2026-11-25T10:00:00", "2026-11-25T11:00:00", summary=f"event {number}"))
    google_practice(runtime, google, folder)
    drain_all(runtime)


def finding(runtime: Runtime) -> str:
    return next(item.text for item in examine(runtime) if item.name == "secrets")


def test_everything_is_renewed_beside_a_running_worker_and_the_old_key_can_go(
    database_url: str, tmp_path: Path
) -> None:
    with GoogleServer() as google:
        with keyed(database_url, tmp_path, google, OLD) as runtime:
            filled(runtime, google, tmp_path)
        with keyed(database_url, tmp_path, google, f"{NEW},{OLD}") as runtime:
            assert "still need an older key" in finding(runtime)
            failures, stop = [], threading.Event()

            def work() -> None:
                while not stop.is_set():
                    google.put(ADA, timed("2026-11-26T10:00:00", "2026-11-26T11:00:00"))
                    with runtime.database.write() as connection:
                        account_id = connection.execute(select(account.c.id)).scalar_one()
                        read_now(connection, account_id, now=NOON)
                    failures.append(drain_all(runtime).failed)

            worker = threading.Thread(target=work)
            worker.start()
            try:
                done = rotate(runtime.database, runtime.sealer)
            finally:
                stop.set()
                worker.join()
            assert done.renewed > EVENTS
            assert (done.unopened, sum(failures)) == (0, 0)
            assert "can be taken out" in finding(runtime)
        with keyed(database_url, tmp_path, google, NEW) as runtime:
            assert finding(runtime) == "the keys open what is stored"
            with runtime.database.read() as connection:
                assert outdated(connection, runtime.sealer) == 0
                assert count(connection) > EVENTS


@pytest.fixture
def small(sqlite_url: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    with GoogleServer() as google:
        with keyed(sqlite_url, tmp_path, google, OLD) as runtime:
            google.add_person(ADA, name="Work")
            google.put(ADA, timed("2026-11-25T10:00:00", "2026-11-25T11:00:00"))
            google_practice(runtime, google, tmp_path)
            drain_all(runtime)
        with keyed(sqlite_url, tmp_path, google, f"{NEW},{OLD}") as runtime:
            yield runtime


def test_a_second_turn_has_nothing_to_do(small: Runtime) -> None:
    assert rotate(small.database, small.sealer).renewed > 0
    assert rotate(small.database, small.sealer).renewed == 0


def test_what_a_worker_wrote_meanwhile_stays(small: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    renew = Sealer.renew

    def interrupted(self: Sealer, secret: bytes, *, row: str | None) -> bytes:
        fresh = renew(self, secret, row=row)
        with small.database.write() as connection:
            stored = connection.execute(select(account.c.id)).scalar_one()
            written = self.seal(b"written meanwhile", row=stored)
            connection.execute(update(account).values(secret_enc=written))
        return fresh

    monkeypatch.setattr(Sealer, "renew", interrupted)
    rotate(small.database, small.sealer)
    with small.database.read() as connection:
        stored = connection.execute(select(account)).one()
    assert small.sealer.unseal(stored.secret_enc, row=stored.id) == b"written meanwhile"


def test_a_secret_that_was_bound_to_no_row_is_bound_by_it(small: Runtime) -> None:
    with small.database.write() as connection:
        connection.execute(update(account).values(secret_enc=small.sealer.encrypt(b"of before")))
    rotate(small.database, small.sealer)
    with small.database.read() as connection:
        stored = connection.execute(select(account)).one()
    assert small.sealer.unseal(stored.secret_enc, row=stored.id) == b"of before"
    with pytest.raises(ValueError, match="none of the encryption keys"):
        small.sealer.unseal(stored.secret_enc, row="another")


def test_a_text_that_no_key_opens_is_counted_and_left(small: Runtime) -> None:
    with small.database.write() as connection:
        connection.execute(update(entry).values(agreed_enc=b"rubbish"))
    assert rotate(small.database, small.sealer).unopened == 1


def test_every_encrypted_column_is_among_them() -> None:
    named = {column.table.name for column in sealed_columns() if column.name.endswith("_enc")}
    assert named >= {"sync_account", "sync_entry", "sync_change", "sync_history", "connect_farewell"}
