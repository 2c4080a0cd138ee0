"""Reads the TOML practice file: all of it is checked, and all problems are told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from booking.plain.names import a_slug, a_zone, an_email_or_none
from booking.plain.rules import check_together, read_rules
from booking.plain.table import Faults, Table
from booking.plain.values import a_flag, a_text
from booking.practice import Practice
from service.practice_file.names import Known, Names, Recall, gather, nothing_known
from service.practice_file.page import read_notices, read_page
from service.practice_file.people import read_clients, read_users
from service.practice_file.positions import line_index
from service.practice_file.problems import PracticeFileWrong, Problem, located
from service.practice_file.providers import read_providers
from service.practice_file.secrets import AccountKey, SecretValue, Sources
from service.practice_file.services import read_locations, read_services
from sync.http.addresses import AddressPolicy

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")


@dataclass(frozen=True, slots=True)
class PracticeFile:
    """A practice file without a fault. ``secrets`` holds what the accounts' secrets are, where the file says so."""

    practice: Practice
    warnings: tuple[str, ...] = ()
    secrets: Mapping[AccountKey, SecretValue] = field(default_factory=dict)


def read_practice_file(
    text: str,
    *,
    name: str,
    environ: Mapping[str, str],
    base_dir: Path | None,
    allow_private_hosts: bool,
    recall: Recall = nothing_known,
) -> PracticeFile:
    """The practice that ``text`` describes; ``name`` is what problems call the file.

    Files it names are relative to ``base_dir``. ``recall`` tells what is stored of the practice: its secrets may be
    left out here. Raises ``PracticeFileWrong``.
    """
    text = text.removeprefix("\ufeff")
    document, lines = _parsed(text, name)
    known = recall(_slug_of(document))
    faults = Faults()
    sources = Sources(environ, base_dir, AddressPolicy(allow_private=allow_private_hosts), known.accounts)
    practice = _practice(Table(document, (), faults), gather(document, known), known, sources)
    if faults.wrong:
        raise PracticeFileWrong(name, located(faults.wrong, lines))
    warnings = sorted(set(located(faults.warned, lines)))
    return PracticeFile(practice, tuple(warning.told(name) for warning in warnings), sources.values)


def _parsed(text: str, name: str) -> tuple[dict[str, Any], dict[tuple[str | int, ...], int]]:
    try:
        return tomllib.loads(text), line_index(text)
    except tomllib.TOMLDecodeError as error:
        raise PracticeFileWrong(name, [_syntax(str(error), text)]) from error
    except RecursionError as error:
        raise PracticeFileWrong(
            name, [Problem(1, "", "lists or tables lie too deep in one another")]
        ) from error


def _syntax(message: str, text: str) -> Problem:
    found = _AT.search(message)
    line = int(found[1]) if found and found[1] else len(text.rstrip().splitlines()) or 1
    column = f" (column {found[2]})" if found and found[2] else ""
    said = _AT.sub("", message)
    return Problem(line, "", f"this is not TOML: {said[:1].lower()}{said[1:]}{column}")


def _slug_of(document: Mapping[str, object]) -> str:
    practice = document.get("practice")
    slug = practice.get("slug") if isinstance(practice, Mapping) else None
    return slug if isinstance(slug, str) else ""


def _practice(table: Table, names: Names, known: Known, sources: Sources) -> Practice:
    head = table.table("practice")
    if head is None:
        head = Table({}, ("practice",), Faults())
        if not table.has("practice"):
            table.wrong("this table is missing: [practice] with slug, name and timezone", "practice")
    zone = head.need("timezone", a_zone, "UTC")
    rules_table = table.table("rules")
    rules = read_rules(rules_table)
    if rules_table is not None:
        check_together(rules_table, rules)
    practice = Practice(
        slug=head.need("slug", a_slug, ""),
        name=head.need("name", a_text(), ""),
        timezone=zone,
        phone=head.get("phone", a_text(60, empty=True), ""),
        email=head.get("email", an_email_or_none, ""),
        self_scheduling=head.get("self_scheduling", a_flag, False),
        rules=rules,
        services=read_services(table.tables("services"), names, rules),
        locations=read_locations(table.tables("locations")),
        providers=read_providers(table.tables("providers"), names, sources, zone, rules),
        notices=read_notices(table.table("notices")),
        page=read_page(table.table("page")),
        clients=read_clients(table.tables("clients"), names),
        users=read_users(table.tables("users"), names, known),
    )
    head.done()
    table.done()
    return practice
