"""Reads clients and users of a practice file."""

from __future__ import annotations

from booking.plain.names import a_word, an_email
from booking.plain.table import Table
from booking.plain.values import a_flag, a_member, a_text, one_of
from booking.practice import Client, ClientStatus, Contact, Privilege, User
from service.practice_file.names import Known, Names, a_known, check_unique
from service.practice_file.page import read_own_switches

ROLES = ("owner", "manager", "provider", "ops")


def read_clients(tables: list[Table], names: Names) -> tuple[Client, ...]:
    clients = tuple(_client(table, names) for table in tables)
    check_unique(tables, "id", [client.id for client in clients])
    return clients


def _client(table: Table, names: Names) -> Client:
    client = Client(
        id=table.need("id", a_word, ""),
        name=table.need("name", a_text(), ""),
        email=table.need("email", an_email, ""),
        status=table.get("status", a_member(ClientStatus), ClientStatus.ACTIVE),
        privilege=table.get("privilege", a_member(Privilege), Privilege.FULL),
        phone=table.get("phone", a_text(60, empty=True), ""),
        providers=table.each("providers", a_known("provider", names.providers)) or (),
        tags=table.each("tags", a_text(100)) or (),
        contacts=tuple(_contact(contact) for contact in table.tables("contacts")),
        notices=read_own_switches(table.table("notices")),
    )
    table.done()
    return client


def _contact(table: Table) -> Contact:
    contact = Contact(
        name=table.need("name", a_text(), ""),
        email=table.need("email", an_email, ""),
        relation=table.get("relation", a_text(100, empty=True), ""),
        notices=table.get("notices", a_flag, True),
        books=table.get("books", a_flag, True),
    )
    table.done()
    return contact


def read_users(tables: list[Table], names: Names, known: Known) -> tuple[User, ...]:
    users = tuple(_user(table, names, known) for table in tables)
    check_unique(tables, "email", [user.email.casefold() for user in users])
    return users


def _user(table: Table, names: Names, known: Known) -> User:
    email = table.need("email", an_email, "")
    role = table.need("role", one_of(*ROLES), "")
    provider = table.maybe("provider", a_known("provider", names.providers))
    if role == "ops" and table.has("provider"):
        table.wrong("a user of role ops has no provider", "provider")
    if role == "provider" and email and not table.has("provider"):
        provider = names.emails.get(email.casefold())
        if provider is None and email.casefold() in known.users:
            table.warn("no provider has this address any more: this user sees nothing", "email")
        elif provider is None:
            table.wrong('no provider has this address; name the provider with provider = "slug"', "email")
    table.done()
    return User(email, role, provider)
