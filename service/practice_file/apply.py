"""Makes a practice as its file says, in one transaction. Nothing here asks a server."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from booking.desk.impacting import impacts
from booking.desk.reminding import plan_again
from booking.impact import Impact
from booking.keeping import kept
from booking.ports import Mirror
from booking.practice import Practice
from booking.store.practices import booked, practice_id
from service.practice_file.compare import Change, changes
from service.practice_file.connected import with_connected
from service.practice_file.read import PracticeFile
from service.practice_file.secrets import AccountKey, SecretValue
from service.practice_file.stored import Stored, load_stored, save_stored
from sync.store.accounts import StoredAccount
from sync.store.ports import Cipher, Transactions


def apply(database: Transactions, cipher: Cipher, file: PracticeFile, *, now: datetime) -> tuple[Change, ...]:
    """Make the stored practice what ``file`` says and tell what changed.

    All of it is written or nothing. The same file again changes nothing. Other practices are left alone.
    """
    with database.write() as connection:
        planned = _planned(connection, cipher, file)
        if planned.changes:
            save_stored(connection, planned.old, planned.practice, planned.secrets, cipher=cipher, now=now)
            plan_again(connection, practice_id(connection, planned.practice.slug) or "", now=now)
    return planned.changes


def foresee(
    database: Transactions, cipher: Cipher, mirror: Mirror, file: PracticeFile, *, now: datetime
) -> tuple[tuple[Change, ...], list[Impact]]:
    """What ``apply`` would change, and what of it opens and closes times. Changes nothing."""
    with database.read() as connection:
        planned = _planned(connection, cipher, file)
        old = planned.old.practice if planned.old else None
        return planned.changes, impacts(connection, mirror, old, planned.practice, now=now)


@dataclass(frozen=True, slots=True)
class _Planned:
    old: Stored | None
    practice: Practice
    secrets: Mapping[AccountKey, SecretValue]
    changes: tuple[Change, ...]


def _planned(connection: Connection, cipher: Cipher, file: PracticeFile) -> _Planned:
    old = load_stored(connection, file.practice.slug)
    practice = file.practice
    if old is not None:
        practice = kept(old.practice, practice, booked=booked(connection, old.id), given=file.secrets.keys())
        practice = with_connected(old, practice)
    secrets = _other_secrets(old, file.secrets, cipher)
    known = old.known.accounts if old else {}
    found = changes(
        old.practice if old else None,
        practice,
        secrets={account: account in known for account in secrets},
    )
    return _Planned(old, practice, secrets, found)


def _other_secrets(
    old: Stored | None, given: Mapping[AccountKey, SecretValue], cipher: Cipher
) -> dict[AccountKey, SecretValue]:
    """The given secrets that are not the stored ones."""
    return {
        account: secret
        for account, secret in given.items()
        if not _same(old.accounts.get(account) if old else None, secret, cipher)
    }


def _same(stored: StoredAccount | None, given: SecretValue, cipher: Cipher) -> bool:
    if stored is None or stored.secret is None:
        return False
    try:
        known = cipher.unseal(stored.secret, row=stored.id)
    except ValueError:
        # The keys have changed: what cannot be opened is of no use and is replaced.
        return False
    return hmac.compare_digest(known, given.text.encode())
