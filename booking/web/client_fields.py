"""The form about a client's contacts and notices, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.clients import clean_email, clean_line, email_key, is_email
from booking.edits import Edit, put_client
from booking.ladder import N_
from booking.plain.document import NOTICES
from booking.practice import Client, Contact
from booking.refusals import FieldError

MOST_CONTACTS = 6
_LONGEST = {"name": 80, "email": 254, "relation": 40}


def client_fields(client: Client) -> dict[str, Any]:
    """What the form shows of a client as stored: a row for each contact and one more, and a word for each switch."""
    rows = [
        {
            "name": each.name,
            "email": each.email,
            "relation": each.relation,
            "notices": each.notices,
            "books": each.books,
        }
        for each in client.contacts
    ]
    return {
        "contacts": [*rows, _empty()],
        "notices": {name: _word(client.notices.get(name)) for name in NOTICES},
    }


def client_typed(form: Mapping[str, str]) -> dict[str, Any]:
    """The same of what was typed."""
    rows = [_row(form, index) for index in range(MOST_CONTACTS + 1) if f"name-{index}" in form]
    return {
        "contacts": rows or [_empty()],
        "notices": {name: form.get(f"notice-{name}", "") for name in NOTICES},
    }


def client_of(client_id: str, form: Mapping[str, str]) -> tuple[Edit | None, list[FieldError]]:
    """A contact without a name and an address is taken away."""
    errors: list[FieldError] = []
    contacts: list[Contact] = []
    for index, row in enumerate(client_typed(form)["contacts"]):
        if not row["name"] and not row["email"]:
            continue
        errors += _mistakes(index, row, contacts)
        contacts.append(
            Contact(row["name"], row["email"], row["relation"], bool(row["notices"]), bool(row["books"]))
        )
    if errors:
        return None, errors
    chosen = {name: form.get(f"notice-{name}") for name in NOTICES}
    notices = {name: word == "on" for name, word in chosen.items() if word in ("on", "off")}
    return put_client(client_id, contacts, notices), []


def _mistakes(index: int, row: Mapping[str, Any], before: list[Contact]) -> list[FieldError]:
    found = []
    if not row["name"]:
        found.append(FieldError(f"name-{index}", N_("A name is needed.")))
    if not is_email(row["email"]):
        found.append(FieldError(f"email-{index}", N_("This is not a mail address.")))
    elif any(email_key(each.email) == email_key(row["email"]) for each in before):
        found.append(FieldError(f"email-{index}", N_("Another contact has this address.")))
    return found


def _row(form: Mapping[str, str], index: int) -> dict[str, Any]:
    texts = {name: clean_line(form.get(f"{name}-{index}", ""))[:most] for name, most in _LONGEST.items()}
    return {
        **texts,
        "email": clean_email(texts["email"]),
        "notices": form.get(f"notices-{index}") == "1",
        "books": form.get(f"books-{index}") == "1",
    }


def _empty() -> dict[str, Any]:
    return {"name": "", "email": "", "relation": "", "notices": True, "books": True}


def _word(on: bool | None) -> str:
    return "" if on is None else "on" if on else "off"
