"""Accounts as they are set up: what to ask and which calendar is for what. What became of asking is kept elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from sync.matching import Candidate, MatchFailed, MatchRule, assign
from sync.model.identity import new_id
from sync.store.channels import retire_account
from sync.store.hosts import host_of
from sync.store.ports import Sealing
from sync.store.tables import account, calendar, calendar_rule


@dataclass(frozen=True, slots=True)
class AccountSetup:
    """One account of a provider. ``secret_source`` says where the secret came from (``{"password_env": NAME}``).

    ``by_page``: it was connected on a page, and no practice file has given it a secret since.
    """

    name: str
    kind: str
    url: str | None = None
    username: str | None = None
    secret_source: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[MatchRule, ...] = ()
    by_page: bool = False


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """``secret`` is sealed for the row ``id``; None if there is none."""

    id: str
    setup: AccountSetup
    secret: bytes | None = field(repr=False)


def load_accounts(connection: Connection, provider_id: str) -> list[StoredAccount]:
    """The provider's accounts by name, without removed ones."""
    rows = connection.execute(
        select(account)
        .where(account.c.provider_id == provider_id, account.c.removed_at.is_(None))
        .order_by(account.c.name)
    )
    return [StoredAccount(row.id, _setup(connection, row), row.secret_enc) for row in rows.all()]


def save_account(
    connection: Connection,
    *,
    practice_id: str,
    provider_id: str,
    setup: AccountSetup,
    secret: Sealing | None,
    now: datetime,
) -> str:
    """Make the provider's account of this name as ``setup`` says and return its id.

    A ``secret`` of None keeps the stored one. What was learnt from the server is forgotten when url, user or
    kind change: until it is read again, the provider's time counts as never read. An account of another kind is
    another account. The next reading is due at once whenever anything changed.
    """
    known = _live(connection, provider_id, setup.name)
    if known is not None and known.kind != setup.kind:
        remove_account(connection, known.id, now=now)
        known = None
    if known is None:
        return _insert(connection, practice_id, provider_id, setup, secret, now)
    values: dict[str, Any] = {"secret_source": dict(setup.secret_source), "by_page": setup.by_page}
    moved = (known.url, known.username) != (setup.url, setup.username)
    if secret is not None:
        values |= {"secret_enc": secret(known.id), "connected_at": now if setup.by_page else None}
    if moved:
        values |= {
            "url": setup.url,
            "username": setup.username,
            "host": host_of(setup.kind, setup.url),
            **_UNLEARNT,
        }
    if moved or secret is not None:
        values |= _anew(now)
    connection.execute(update(account).where(account.c.id == known.id).values(**values))
    if moved:
        _forget_readings(connection, known.id, now)
    change_rules(connection, known.id, setup.rules, now=now)
    return str(known.id)


def change_rules(
    connection: Connection, account_id: str, rules: Sequence[MatchRule], *, now: datetime
) -> None:
    """Say anew which calendar of the account is for what."""
    if _rules(connection, account_id) == tuple(rules):
        return
    statement = select(account.c.practice_id).where(account.c.id == account_id)
    practice_id: str = connection.execute(statement).scalar_one()
    _replace_rules(connection, account_id, practice_id, rules)
    _give_roles(connection, account_id, rules, now)


def give_secret(
    connection: Connection, account_id: str, secret: Sealing, *, name: str | None = None, now: datetime
) -> None:
    """A new secret from a page. An account that was removed is used again, with its bookings' events.

    Everything else known of it stays; the next reading is due at once. ``name`` is for one whose own is taken.
    """
    removed = select(account.c.removed_at).where(account.c.id == account_id)
    if connection.execute(removed).scalar_one() is not None:
        # What happened meanwhile is not known, and what others wrote was forgotten.
        _forget_readings(connection, account_id, now)
    renamed = {} if name is None else {"name": name}
    connection.execute(
        update(account)
        .where(account.c.id == account_id)
        .values(
            secret_enc=secret(account_id),
            secret_source={},
            connected_at=now,
            removed_at=None,
            **renamed,
            **_anew(now),
        )
    )


def remove_account(connection: Connection, account_id: str, *, now: datetime) -> None:
    """Stop using the account: its calendars count no longer, its secret is erased. Remote events stay as they are.

    A secret that push channels have to be stopped with is erased once they are, and after a day in any case.
    """
    values: dict[str, Any] = {"removed_at": now, "secret_source": {}, "alerted_at": None, **_LEASE_ENDED}
    values |= {"not_before": None, "stopped": False}
    connection.execute(update(account).where(account.c.id == account_id).values(**values))
    if not retire_account(connection, account_id, now=now):
        connection.execute(update(account).where(account.c.id == account_id).values(secret_enc=None))


# A worker that reads with the old set-up loses its lease: nothing it has in hand is written.
_LEASE_ENDED: Mapping[str, Any] = {"lease_owner": None, "lease_until": None, "fence": account.c.fence + 1}
_UNLEARNT: Mapping[str, Any] = {
    "principal": None,
    "own_addresses": [],
    "capabilities": {},
    "discovered_at": None,
}


def _anew(now: datetime) -> dict[str, Any]:
    return {
        "state": "new",
        "state_since": now,
        "text": "",
        "failures": 0,
        "not_before": None,
        "stopped": False,
        "discover_due_at": now,
        **_LEASE_ENDED,
    }


def _live(connection: Connection, provider_id: str, name: str) -> Row[Any] | None:
    return connection.execute(
        select(account).where(
            account.c.provider_id == provider_id, account.c.name == name, account.c.removed_at.is_(None)
        )
    ).one_or_none()


def _insert(
    connection: Connection,
    practice_id: str,
    provider_id: str,
    setup: AccountSetup,
    secret: Sealing | None,
    now: datetime,
) -> str:
    made = new_id()
    connection.execute(
        insert(account).values(
            id=made,
            practice_id=practice_id,
            provider_id=provider_id,
            name=setup.name,
            kind=setup.kind,
            url=setup.url,
            username=setup.username,
            host=host_of(setup.kind, setup.url),
            secret_source=dict(setup.secret_source),
            secret_enc=None if secret is None else secret(made),
            by_page=setup.by_page,
            connected_at=now if setup.by_page else None,
            state="new",
            state_since=now,
            discover_due_at=now,
            created_at=now,
        )
    )
    _replace_rules(connection, made, practice_id, setup.rules)
    return made


def _setup(connection: Connection, row: Row[Any]) -> AccountSetup:
    return AccountSetup(
        name=row.name,
        kind=row.kind,
        url=row.url,
        username=row.username,
        secret_source=dict(row.secret_source),
        rules=_rules(connection, row.id),
        by_page=row.by_page,
    )


def _rules(connection: Connection, account_id: str) -> tuple[MatchRule, ...]:
    rows = connection.execute(
        select(calendar_rule)
        .where(calendar_rule.c.account_id == account_id)
        .order_by(calendar_rule.c.position)
    )
    return tuple(MatchRule(row.match, row.role, row.title, row.advisory) for row in rows)


def _replace_rules(
    connection: Connection, account_id: str, practice_id: str, rules: Sequence[MatchRule]
) -> None:
    connection.execute(delete(calendar_rule).where(calendar_rule.c.account_id == account_id))
    for position, rule in enumerate(rules):
        connection.execute(
            insert(calendar_rule).values(
                id=new_id(),
                practice_id=practice_id,
                account_id=account_id,
                position=position,
                match=rule.match,
                role=rule.role,
                title=rule.title,
                advisory=rule.advisory,
            )
        )


def _give_roles(connection: Connection, account_id: str, rules: Sequence[MatchRule], now: datetime) -> None:
    """New rules hold for known calendars at once, also while the server cannot be asked."""
    values: dict[str, Any] = {"discover_due_at": now, "not_before": None, **_LEASE_ENDED}
    known = connection.execute(select(calendar).where(calendar.c.account_id == account_id)).all()
    try:
        roles = assign(rules, [Candidate(row.remote_id, row.name) for row in known])
    except MatchFailed:
        # Which calendar is meant is not known yet, so none of them counts as read: the provider is closed.
        values["discovered_at"] = None
        roles = {}
    else:
        for row in known:
            give_role(connection, row, roles.get(row.remote_id), now=now)
    connection.execute(update(account).where(account.c.id == account_id).values(**values))


def learn(connection: Connection, account_id: str, **seen: str) -> None:
    """Note what the server was seen to be able to; what else is known stays."""
    statement = select(account.c.capabilities).where(account.c.id == account_id).with_for_update()
    known = dict(connection.execute(statement).scalar_one())
    if known | seen != known:
        connection.execute(
            update(account).where(account.c.id == account_id).values(capabilities=known | seen)
        )


def role_values(rule: MatchRule | None) -> dict[str, Any]:
    """The columns that a calendar's rule decides; one that no rule names is read as busy."""
    return {
        "role": "busy" if rule is None else rule.role,
        "title": None if rule is None else rule.title,
        "advisory": rule is not None and rule.advisory,
    }


def give_role(connection: Connection, row: Row[Any], rule: MatchRule | None, *, now: datetime) -> None:
    """Give a known calendar the role of its rule."""
    values = role_values(rule)
    if row.role == "ignore" != values["role"]:
        # What happened while it was ignored is not known: it counts as never read until it is.
        values |= {"checked_at": None, "cursor_value": None, "due_at": now, "state": "new"}
    connection.execute(update(calendar).where(calendar.c.id == row.id).values(**values))


def _forget_readings(connection: Connection, account_id: str, now: datetime) -> None:
    """Readings of another place say nothing about this one; what was read goes on blocking until it is read again."""
    connection.execute(
        update(calendar)
        .where(calendar.c.account_id == account_id)
        .values(checked_at=None, cursor_kind=None, cursor_value=None, cursor_params=None, due_at=now)
    )
