"""Makes a practice as its file says, in one transaction. Nothing here asks a server."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime

from booking.keeping import kept
from booking.store.practices import booked
from service.practice_file.compare import Change, changes
from service.practice_file.connected import with_connected
from service.practice_file.read import PracticeFile
from service.practice_file.secrets import AccountKey, SecretValue
from service.practice_file.stored import Stored, load_stored, save_stored
from sync.store.ports import Cipher, Transactions


def apply(
    database: Transactions, cipher: Cipher, file: PracticeFile, *, now: datetime, dry_run: bool = False
) -> tuple[Change, ...]:
    """Make the stored practice what ``file`` says and tell what changed; with ``dry_run`` only tell.

    All of it is written or nothing. The same file again changes nothing. Other practices are left alone.
    """
    with database.read() if dry_run else database.write() as connection:
        old = load_stored(connection, file.practice.slug)
        practice = file.practice
        if old is not None:
            practice = kept(
                old.practice, practice, booked=booked(connection, old.id), given=file.secrets.keys()
            )
            practice = with_connected(old, practice)
        secrets = _other_secrets(old, file.secrets, cipher)
        known = old.known.accounts if old else {}
        found = changes(
            old.practice if old else None,
            practice,
            secrets={account: account in known for account in secrets},
        )
        if found and not dry_run:
            save_stored(connection, old, practice, secrets, encrypt=cipher.encrypt, now=now)
    return found


def _other_secrets(
    old: Stored | None, given: Mapping[AccountKey, SecretValue], cipher: Cipher
) -> dict[AccountKey, SecretValue]:
    """The given secrets that are not the stored ones."""
    return {
        account: secret
        for account, secret in given.items()
        if not _same(
            old.accounts[account].secret if old and account in old.accounts else None, secret, cipher
        )
    }


def _same(stored: bytes | None, given: SecretValue, cipher: Cipher) -> bool:
    if stored is None:
        return False
    try:
        known = cipher.decrypt(stored)
    except ValueError:
        # The keys have changed: what cannot be opened is of no use and is replaced.
        return False
    return hmac.compare_digest(known, given.text.encode())
