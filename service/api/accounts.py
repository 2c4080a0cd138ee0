"""Accounts and calendars: how they stand, read them now, and answer a held mass deletion."""

from __future__ import annotations

from sqlalchemy import Connection, select

from booking.refusals import Problem, Refused
from booking.roles import Action, Actor, Role
from booking.store import audit
from service.api import answers
from service.api.calls import api, listed
from service.api.forms import DeletionsBody, SyncBody
from service.api.values import Document
from service.held_deletions import answer_held
from service.http.frame import frame
from service.ops.status import account_documents
from sync.store.due import read_now, try_writes_now
from sync.store.tables import calendar


@api.call(
    "GET", "/accounts", Action.VIEW_ACCOUNTS, "Accounts and their calendars", answers={200: answers.Accounts}
)
def accounts() -> Document:
    with frame().runtime.database.read() as connection:
        return listed(_accounts(connection, frame().staff()))


@api.call(
    "GET", "/accounts/<account_id>", Action.VIEW_ACCOUNTS, "One account", answers={200: answers.Account}
)
def account(account_id: str) -> Document:
    with frame().runtime.database.read() as connection:
        return _account(connection, frame().staff(), account_id)


@api.call(
    "POST", "/accounts/<account_id>/sync", Action.SYNC_NOW, "Read and write the account's calendars now",
    answers={202: answers.Account}, body=SyncBody,
)  # fmt: skip
def sync_account(account_id: str, body: SyncBody) -> Document:
    program = frame()
    with program.runtime.database.write() as connection:
        _account(connection, program.staff(), account_id)
        read_now(connection, account_id, now=program.now(), full=body.full)
        try_writes_now(connection, account_id, now=program.now())
        audit.note(
            connection,
            practice_id=program.staff().practice_id,
            at=program.now(),
            actor=program.staff().id,
            action="sync",
            about=f"account:{account_id}",
        )
        document = _account(connection, program.staff(), account_id)
    program.ring("sync")
    return document


@api.call(
    "POST", "/calendars/<calendar_id>/deletions", Action.DELETIONS, "Answer a held mass deletion",
    answers={200: answers.Deletions}, body=DeletionsBody,
)  # fmt: skip
def answer_deletions(calendar_id: str, body: DeletionsBody) -> Document:
    program = frame()
    actor = program.staff()
    with program.runtime.database.read() as connection:
        visible_calendar(connection, actor, calendar_id)
    answered = answer_held(
        program.runtime,
        calendar_id,
        practice_id=actor.practice_id,
        confirmed=body.action == "confirm",
        actor=actor.id,
    )
    program.ring("mail")
    return {"calendar": calendar_id, "action": body.action, "count": answered.held}


def visible_calendar(connection: Connection, actor: Actor, calendar_id: str) -> str:
    """The id of the calendar's provider. Raises ``Refused`` for a calendar the actor does not see."""
    row = connection.execute(
        select(calendar.c.practice_id, calendar.c.provider_id).where(calendar.c.id == calendar_id)
    ).one_or_none()
    if row is None or not actor.sees(row.practice_id, row.provider_id):
        raise Refused(Problem.NOT_FOUND)
    provider_id: str = row.provider_id
    return provider_id


def _accounts(connection: Connection, actor: Actor) -> list[Document]:
    only = actor.provider_id if actor.role is Role.PROVIDER else None
    return account_documents(connection, practice_id=actor.practice_id, provider_id=only, now=frame().now())


def _account(connection: Connection, actor: Actor, account_id: str) -> Document:
    found = next((item for item in _accounts(connection, actor) if item["id"] == account_id), None)
    if found is None:
        raise Refused(Problem.NOT_FOUND)
    return found
