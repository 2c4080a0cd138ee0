"""What connecting, mending and disconnecting come to in the tables. Servers are asked before, never in here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from booking.roles import Actor
from booking.store import audit
from service.connect.tables import farewell
from service.connect.troubles import ConnectFailed, Trouble
from sync.backends.protocol import Discovery
from sync.engine.discovering import keep_discovery
from sync.matching import Candidate, MatchRule, name_of
from sync.model.identity import new_id
from sync.store.accounts import AccountSetup, change_rules, give_secret, remove_account, save_account
from sync.store.due import try_writes_now
from sync.store.ports import Cipher, Sealing
from sync.store.tables import account, calendar, calendar_rule

GOOGLE, CALDAV = "google", "caldav"


@dataclass(frozen=True, slots=True)
class Place:
    """Whose account it is, and who acts."""

    practice_id: str
    provider_id: str
    actor: Actor


def connect_google(
    connection: Connection,
    place: Place,
    *,
    found: Discovery,
    secret: Sealing,
    again: str | None,
    now: datetime,
) -> str:
    """Store access to the Google account that ``found`` describes; returns the account's id.

    An account is known by its primary calendar: one that the provider has, or had, is used again with its mirror.
    ``again`` is the account that was to be connected again. Raises ``ConnectFailed`` if Google was told another one.
    """
    target = _to_use(connection, place, found.principal, again)
    if target is None:
        setup = AccountSetup(_free_name(connection, place.provider_id, GOOGLE), GOOGLE, by_page=True)
        made = save_account(
            connection, practice_id=place.practice_id, provider_id=place.provider_id, setup=setup,
            secret=secret, now=now,
        )  # fmt: skip
    else:
        made = str(target.id)
        give_secret(connection, made, secret, name=_free_again(connection, target), now=now)
    # Google ends access for a person and a program as a whole: what was yet to be given back is this access too.
    connection.execute(delete(farewell).where(farewell.c.name == found.principal))
    _learnt(connection, made, found, now)
    _note(connection, place, "connect_account", made, now)
    return made


def connect_caldav(
    connection: Connection,
    place: Place,
    *,
    url: str,
    username: str,
    found: Discovery,
    secret: Sealing,
    now: datetime,
) -> str:
    """Store a CalDAV account; one of the same address and user that the provider has, or had, is used again."""
    same = connection.execute(
        _of_kind(place.provider_id, CALDAV).where(account.c.url == url, account.c.username == username)
    ).first()
    if same is None:
        setup = AccountSetup(
            _free_name(connection, place.provider_id, CALDAV),
            CALDAV,
            url=url,
            username=username,
            by_page=True,
        )
        made = save_account(
            connection, practice_id=place.practice_id, provider_id=place.provider_id, setup=setup,
            secret=secret, now=now,
        )  # fmt: skip
    else:
        made = str(same.id)
        give_secret(connection, made, secret, name=_free_again(connection, same), now=now)
    _learnt(connection, made, found, now)
    _note(connection, place, "connect_account", made, now)
    return made


def change_password(
    connection: Connection, place: Place, account_id: str, secret: Sealing, *, now: datetime
) -> None:
    give_secret(connection, account_id, secret, name=None, now=now)
    try_writes_now(connection, account_id, now=now)
    _note(connection, place, "change_password", account_id, now)


def choose_calendars(
    connection: Connection,
    place: Place,
    row: Row[Any],
    choices: Mapping[str, tuple[str, bool]],
    title: str | None,
    *,
    now: datetime,
) -> None:
    """Give each calendar of the account (by id) its role and whether it is advisory.

    A provider has one calendar to write to: another account's is only read from then on.
    """
    known = connection.execute(select(calendar).where(calendar.c.account_id == row.id)).all()
    candidates = {item.id: Candidate(item.remote_id, item.name) for item in known}
    rules = []
    for item in known:
        role, advisory = choices.get(item.id, (item.role, item.advisory))
        if (role, advisory) != ("busy", False):
            match = name_of(candidates[item.id], list(candidates.values()))
            rules.append(MatchRule(match, role, title if role == "write" else None, advisory))
    if any(rule.role == "write" for rule in rules):
        _write_nowhere_else(connection, row, now)
    change_rules(connection, row.id, rules, now=now)
    _note(connection, place, "choose_calendars", str(row.id), now)


def disconnect(connection: Connection, place: Place, row: Row[Any], *, cipher: Cipher, now: datetime) -> None:
    """Stop using the account. Its access at Google is given back later, by ``service.connect.farewells``."""
    let_go(connection, row, cipher=cipher, now=now)
    _note(connection, place, "disconnect_account", str(row.id), now)


def let_go(connection: Connection, row: Row[Any], *, cipher: Cipher, now: datetime) -> None:
    """Remove the account and have its access at Google given back, unless something else here still uses it."""
    own = row.kind == GOOGLE and row.secret_enc is not None and not is_delegated(row)
    if own and not is_in_use(connection, row.principal, besides=row.id):
        _part(connection, row, cipher, now)
    remove_account(connection, row.id, now=now)


def is_delegated(row: Row[Any]) -> bool:
    """Whether the account is read by a service account's key, in which there is nothing to give back."""
    return "service_account_file" in row.secret_source and row.connected_at is None


def _part(connection: Connection, row: Row[Any], cipher: Cipher, now: datetime) -> None:
    id = new_id()
    try:
        secret = cipher.seal(cipher.unseal(row.secret_enc, row=row.id), row=id)
    except ValueError:
        return  # what no key opens cannot be given back
    connection.execute(
        insert(farewell).values(
            id=id, practice_id=row.practice_id, provider_id=row.provider_id, account_id=row.id,
            name=row.principal or row.name, secret_enc=secret, due_at=now, created_at=now,
        )
    )  # fmt: skip


def _to_use(connection: Connection, place: Place, principal: str, again: str | None) -> Row[Any] | None:
    """The row that stands for this Google account. Raises ``ConnectFailed`` for another one than was asked for."""
    known = connection.execute(_of_kind(place.provider_id, GOOGLE)).all()
    if again is not None:
        wanted = next((row for row in known if row.id == again), None)
        if wanted is None:
            raise ConnectFailed(Trouble.STATE)
        if wanted.principal not in (None, "", principal):
            raise ConnectFailed(Trouble.OTHER_ACCOUNT, f"{wanted.principal} / {principal}")
        return wanted
    return next((row for row in known if row.principal and row.principal == principal), None)


def _of_kind(provider_id: str, kind: str) -> Any:
    """The provider's accounts of this kind, those in use first, then the one removed last."""
    return (
        select(account)
        .where(account.c.provider_id == provider_id, account.c.kind == kind)
        .order_by(account.c.removed_at.is_not(None), account.c.removed_at.desc(), account.c.created_at)
    )


def _names(connection: Connection, provider_id: str) -> set[str]:
    statement = select(account.c.name).where(
        account.c.provider_id == provider_id, account.c.removed_at.is_(None)
    )
    return set(connection.execute(statement).scalars())


def _free_name(connection: Connection, provider_id: str, wanted: str) -> str:
    taken, number, name = _names(connection, provider_id), 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _free_again(connection: Connection, row: Row[Any]) -> str | None:
    """Another name for an account that was removed, if its own was given away meanwhile."""
    if row.removed_at is None or row.name not in _names(connection, row.provider_id):
        return None
    return _free_name(connection, row.provider_id, re.sub(r"-\d+$", "", row.name))


def _learnt(connection: Connection, account_id: str, found: Discovery, now: datetime) -> None:
    """What was discovered while trying it out is stored at once, so that the next page can show the calendars."""
    row = connection.execute(select(account).where(account.c.id == account_id)).one()
    keep_discovery(connection, row, found, now=now, jitter=0.5)
    try_writes_now(connection, account_id, now=now)


def is_in_use(connection: Connection, principal: str | None, *, besides: str = "") -> bool:
    """Whether an account in use has access that its owner gave to this Google account: to end one ends them all."""
    if not principal:
        return False
    statement = select(account).where(
        account.c.kind == GOOGLE,
        account.c.principal == principal,
        account.c.id != besides,
        account.c.removed_at.is_(None),
        account.c.secret_enc.is_not(None),
    )
    return not all(is_delegated(row) for row in connection.execute(statement))


def _write_nowhere_else(connection: Connection, row: Row[Any], now: datetime) -> None:
    others = connection.execute(
        select(account.c.id)
        .join(calendar_rule, calendar_rule.c.account_id == account.c.id)
        .where(
            account.c.provider_id == row.provider_id,
            account.c.id != row.id,
            account.c.removed_at.is_(None),
            calendar_rule.c.role == "write",
        )
        .distinct()
    ).scalars()
    for other in list(others):
        change_rules(connection, other, _only_read(_rules(connection, other)), now=now)


def _rules(connection: Connection, account_id: str) -> list[MatchRule]:
    rows = connection.execute(
        select(calendar_rule)
        .where(calendar_rule.c.account_id == account_id)
        .order_by(calendar_rule.c.position)
    )
    return [MatchRule(row.match, row.role, row.title, row.advisory) for row in rows]


def _only_read(rules: Sequence[MatchRule]) -> list[MatchRule]:
    return [
        MatchRule(rule.match, "busy", None, rule.advisory) if rule.role == "write" else rule for rule in rules
    ]


def _note(connection: Connection, place: Place, action: str, account_id: str, now: datetime) -> None:
    audit.note(
        connection, practice_id=place.practice_id, at=now, actor=place.actor.id, action=action,
        about=f"account:{account_id}",
    )  # fmt: skip
