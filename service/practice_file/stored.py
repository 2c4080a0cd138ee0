"""A practice as it is stored: booking's rows and the mirror's accounts as one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from booking.practice import Account, CalendarRule, Practice, Provider, Secret
from booking.store.practices import load_practice, practice_id, provider_ids, save_practice
from service.connect.accounts import let_go
from service.practice_file.names import Known
from service.practice_file.secrets import AccountKey, SecretValue
from sync.matching import MatchRule
from sync.store.accounts import AccountSetup, StoredAccount, load_accounts, remove_account, save_account
from sync.store.ports import Cipher, sealing
from sync.store.tables import account as account_table


@dataclass(frozen=True, slots=True)
class Stored:
    """``accounts`` are the mirror's rows of all the practice's accounts."""

    id: str
    practice: Practice
    accounts: Mapping[AccountKey, StoredAccount]

    @property
    def known(self) -> Known:
        """What a file for this practice may lean on."""
        return Known(
            accounts={
                key: _account(row.setup) for key, row in self.accounts.items() if row.secret is not None
            },
            clients=frozenset(client.id for client in self.practice.clients),
            tags=frozenset(tag for client in self.practice.clients for tag in client.tags),
            users=frozenset(user.email.casefold() for user in self.practice.users),
        )


def load_stored(connection: Connection, slug: str) -> Stored | None:
    practice, id = load_practice(connection, slug), practice_id(connection, slug)
    if practice is None or id is None:
        return None
    ids = provider_ids(connection, id)
    accounts = {
        provider.slug: load_accounts(connection, ids[provider.slug]) for provider in practice.providers
    }
    providers = tuple(
        replace(provider, accounts=tuple(_account(row.setup) for row in accounts[provider.slug]))
        for provider in practice.providers
    )
    keyed = {(slug, row.setup.name): row for slug, rows in accounts.items() for row in rows}
    return Stored(id, replace(practice, providers=providers), keyed)


def save_stored(
    connection: Connection,
    old: Stored | None,
    practice: Practice,
    secrets: Mapping[AccountKey, SecretValue],
    *,
    cipher: Cipher,
    now: datetime,
) -> None:
    """Make the stored practice ``practice``; ``secrets`` are those that are new, all others stay as they are."""
    staying = {(provider.slug, each.name) for provider in practice.providers for each in provider.accounts}
    for key, row in (old.accounts if old else {}).items():
        if key in staying:
            continue
        if row.setup.by_page:
            # She agreed at Google for this program alone, and has no page any more to disconnect on.
            stored = connection.execute(select(account_table).where(account_table.c.id == row.id)).one()
            let_go(connection, stored, cipher=cipher, now=now)
        else:
            # The document is the file's, and may serve elsewhere too.
            remove_account(connection, row.id, now=now)
    id = save_practice(connection, practice, now=now)
    ids = provider_ids(connection, id)
    on_pages = {key for key, row in (old.accounts if old else {}).items() if row.setup.by_page}
    for provider in practice.providers:
        _save_accounts(connection, provider, secrets, on_pages, id, ids[provider.slug], cipher, now)


def _save_accounts(
    connection: Connection,
    provider: Provider,
    secrets: Mapping[AccountKey, SecretValue],
    on_pages: Collection[AccountKey],
    practice_id: str,
    provider_id: str,
    cipher: Cipher,
    now: datetime,
) -> None:
    for account in provider.accounts:
        key = (provider.slug, account.name)
        secret = secrets.get(key)
        # Whoever gives the secret has the say: with one in the file the account is the file's.
        in_file = secret is not None or account.secret != Secret()
        save_account(
            connection,
            practice_id=practice_id,
            provider_id=provider_id,
            setup=replace(_setup(account), by_page=key in on_pages and not in_file),
            secret=None if secret is None else sealing(cipher, secret.text),
            now=now,
        )


def _setup(account: Account) -> AccountSetup:
    return AccountSetup(
        name=account.name,
        kind=account.kind,
        url=account.url,
        username=account.username,
        secret_source={key: name for key, name in asdict(account.secret).items() if name is not None},
        rules=tuple(
            MatchRule(rule.match, rule.role, rule.title, rule.advisory) for rule in account.calendars
        ),
    )


def _account(setup: AccountSetup) -> Account:
    return Account(
        name=setup.name,
        kind=setup.kind,
        url=setup.url,
        username=setup.username,
        secret=Secret(**setup.secret_source),
        calendars=tuple(
            CalendarRule(rule.match, rule.role, rule.title, rule.advisory) for rule in setup.rules
        ),
    )
