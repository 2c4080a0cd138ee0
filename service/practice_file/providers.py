"""Reads providers of a practice file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.plain.names import a_slug, a_zone, an_email
from booking.plain.rules import check_together, read_rules
from booking.plain.table import Table
from booking.plain.values import a_flag, a_text
from booking.practice import Provider
from service.practice_file.accounts import read_accounts
from service.practice_file.holds import read_holds
from service.practice_file.names import Names, a_known, check_unique, own_codes
from service.practice_file.overrides import read_overrides
from service.practice_file.secrets import Sources
from service.practice_file.services import read_services
from service.practice_file.times import read_blocks


def read_providers(
    tables: list[Table], names: Names, sources: Sources, zone: str, rules: Mapping[str, Any]
) -> tuple[Provider, ...]:
    """The providers; ``zone`` and ``rules`` are the practice's."""
    providers = tuple(_provider(table, names, sources, zone, rules) for table in tables)
    check_unique(tables, "slug", [provider.slug for provider in providers])
    # A provider kept for past bookings may share the address of a successor.
    check_unique(tables, "email", [each.email.casefold() if each.active else "" for each in providers])
    return providers


def _provider(
    table: Table, names: Names, sources: Sources, zone: str, practice_rules: Mapping[str, Any]
) -> Provider:
    slug = table.need("slug", a_slug, "")
    rules_table = table.table("rules")
    rules = read_rules(rules_table)
    if rules_table is not None:
        check_together(rules_table, practice_rules, rules)
    codes = (*names.services, *own_codes(table))
    provider = Provider(
        slug=slug,
        name=table.need("name", a_text(), ""),
        email=table.need("email", an_email, ""),
        timezone=table.get("timezone", a_zone, zone),
        self_scheduling=table.get("self_scheduling", a_flag, False),
        active=table.get("active", a_flag, True),
        services=table.each("services", a_known("service", codes)),
        own_services=read_services(table.tables("custom_services"), names, practice_rules, rules),
        addresses=table.each("addresses", an_email) or (),
        rules=rules,
        accounts=read_accounts(table.tables("accounts"), slug, sources),
        availability=read_blocks(table.tables("availability"), names, codes),
        overrides=read_overrides(table.tables("overrides")),
        holds=read_holds(table.tables("holds"), names),
    )
    table.done()
    return provider
