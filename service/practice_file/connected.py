"""Accounts and holds that were made on a page: a practice file that does not name them leaves them as they are."""

from __future__ import annotations

from dataclasses import replace

from booking.practice import Account, Practice, Provider
from service.practice_file.stored import Stored


def with_connected(old: Stored, new: Practice) -> Practice:
    """``new`` with the accounts and holds that its providers made on pages and that it does not name.

    Where ``new`` itself names the calendar to write to, theirs are only read from then on: there is one.
    """
    kept = {provider.slug: provider for provider in old.practice.providers}
    return replace(
        new, providers=tuple(_with_accounts(old, kept.get(each.slug), each) for each in new.providers)
    )


def _with_accounts(old: Stored, known: Provider | None, new: Provider) -> Provider:
    if known is None or not new.active:
        return new
    named = {account.name for account in new.accounts}
    writes = any(rule.role == "write" for account in new.accounts for rule in account.calendars)
    kept = tuple(
        _read_only(account) if writes else account
        for account in known.accounts
        if account.name not in named and old.accounts[new.slug, account.name].setup.by_page
    )
    held = {hold.name for hold in new.holds}
    holds = tuple(hold for hold in known.holds if hold.by_page and hold.name not in held)
    return replace(new, accounts=(*new.accounts, *kept), holds=(*new.holds, *holds))


def _read_only(account: Account) -> Account:
    return replace(
        account,
        calendars=tuple(
            replace(rule, role="busy", title=None) if rule.role == "write" else rule
            for rule in account.calendars
        ),
    )
