"""Reads a provider's calendar accounts. Nothing here asks a server."""

from __future__ import annotations

from collections.abc import Callable

from booking.plain.names import a_word
from booking.plain.table import Table
from booking.plain.values import Wrong, a_flag, a_text, one_of
from booking.practice import Account, CalendarRule, Secret
from booking.rules import TitleMode
from service.practice_file.names import check_unique
from service.practice_file.secrets import SECRET_KEYS, Sources, read_secret
from sync.http.addresses import AddressPolicy
from sync.http.errors import UrlRefused
from sync.http.urls import check_url

CALDAV = "caldav"
GOOGLE = "google"


def read_accounts(tables: list[Table], provider: str, sources: Sources) -> tuple[Account, ...]:
    """The accounts of one provider (by slug). Secrets go to ``sources.values``, not into the accounts."""
    accounts = tuple(_account(table, provider, sources) for table in tables)
    check_unique(tables, "name", [account.name for account in accounts])
    _check_one_writes(tables, accounts)
    return accounts


def _account(table: Table, provider: str, sources: Sources) -> Account:
    name = table.need("name", a_word, "")
    kind = table.need("kind", one_of(CALDAV, GOOGLE), "")
    url = table.maybe("url", _a_server(sources.policy))
    username = table.maybe("username", a_text())
    if kind == CALDAV and not table.has("url"):
        table.wrong("this key is missing; it is the CalDAV server's address", "url")
    _check_kind(table, kind)
    account = Account(
        name=name,
        kind=kind,
        url=url,
        username=username,
        secret=_secret(table, provider, name, kind, sources),
        calendars=_calendar_rules(table.tables("calendars")),
    )
    table.done()
    return account


def _secret(table: Table, provider: str, name: str, kind: str, sources: Sources) -> Secret:
    secret = read_secret(table, (provider, name), kind, sources)
    stored = sources.stored((provider, name), kind) is not None
    if kind == CALDAV and table.has("username") and not stored and not any(map(table.has, SECRET_KEYS)):
        table.wrong("no password is given and none is stored; name a variable that holds it", "password_env")
    return secret


def _check_kind(table: Table, kind: str) -> None:
    foreign = {
        CALDAV: ("authorized_user_file", "service_account_file", "subject"),
        GOOGLE: ("url", "username", "password_env", "password_file", "password"),
    }
    for key in foreign.get(kind, ()):
        if table.has(key):
            table.wrong(f'an account of kind "{kind}" has no {key}', key)


def _a_server(policy: AddressPolicy) -> Callable[[object], str]:
    """An address of a calendar server that may be asked; nothing is looked up here."""

    def read(value: object) -> str:
        text = a_text(2000)(value)
        try:
            check_url(text, policy)
        except UrlRefused as error:
            raise Wrong(str(error)) from error
        return text

    return read


def _calendar_rules(tables: list[Table]) -> tuple[CalendarRule, ...]:
    rules = tuple(_calendar_rule(table) for table in tables)
    check_unique(tables, "match", [rule.match for rule in rules])
    return rules


def _calendar_rule(table: Table) -> CalendarRule:
    title = table.maybe("title", one_of(*TitleMode))
    rule = CalendarRule(
        match=table.need("match", a_text(500), ""),
        role=table.need("role", one_of("write", "busy", "ignore"), ""),
        title=title,
        advisory=table.get("advisory", a_flag, False),
    )
    if title and rule.role in ("busy", "ignore"):
        table.wrong("nothing is written into this calendar; only role write has a title", "title")
    table.done()
    return rule


def _check_one_writes(tables: list[Table], accounts: tuple[Account, ...]) -> None:
    written: str | None = None
    for table, account in zip(tables, accounts, strict=True):
        for index, rule in enumerate(account.calendars):
            if rule.role != "write":
                continue
            if written is not None:
                table.wrong(
                    f"{written} is the provider's write calendar already; there is one",
                    "calendars",
                    index,
                    "role",
                )
            written = written or f'"{rule.match}" of {account.name}'
