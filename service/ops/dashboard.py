"""``/ops``: is everything true right now, what needs a person, and how every calendar stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy import Connection, Row, select

from booking.policy import allows
from booking.refusals import Problem, Refused
from booking.roles import Action, Role
from booking.store.tables import mail
from service.held_deletions import answer_held
from service.http.frame import frame
from service.mailing.composing import compose
from service.ops.capability_words import capability_words
from service.ops.mending import retry_parked
from service.ops.queue_state import queue_state
from service.ops.watch import watch
from sync.store.due import read_now, try_writes_now
from sync.store.tables import account, calendar

blueprint = Blueprint("ops", __name__, url_prefix="/ops", template_folder="templates")

_MAILS = 20
_READERS = (Role.OWNER, Role.MANAGER)
"""Who may see to whom a mail goes and what it says; the others see its kind."""


@blueprint.get("")
@allows(Action.VIEW_DASHBOARD)
def dashboard() -> str:
    program = frame()
    actor = program.staff()
    with program.runtime.database.read() as connection:
        status = watch(connection, practice_id=actor.practice_id, now=program.now())
        mails = _kept_mails(connection, actor.practice_id)
    return render_template(
        "ops/dashboard.html",
        status=status,
        lost={item["id"]: item for item in status.accounts if item["state"] == "needs_reauth"},
        capability_words=capability_words,
        queue=queue_state(program.runtime),
        mails=mails,
        reads_mail=actor.role in _READERS,
        may_mend=actor.may(Action.SYNC_NOW),
        may_answer=actor.may(Action.DELETIONS),
        clock=program.runtime.settings.clock,
    )


@blueprint.get("/mails/<mail_id>")
@allows(Action.VIEW_DASHBOARD)
def kept_mail(mail_id: str) -> str:
    """A mail that is kept here because no mail server is set up."""
    program = frame()
    actor = program.staff()
    if actor.role not in _READERS:
        raise Refused(Problem.FORBIDDEN)
    with program.runtime.database.read() as connection:
        row = connection.execute(
            select(mail).where(mail.c.id == mail_id, mail.c.practice_id == actor.practice_id)
        ).one_or_none()
        if row is None or row.sent_by != "kept":
            raise Refused(Problem.NOT_FOUND)
        message = compose(connection, program.runtime, row, row.sent_at)
    body = message.get_body(("plain",))
    return render_template(
        "ops/mail.html", row=row, subject=message["Subject"], text="" if body is None else body.get_content()
    )


@blueprint.post("/accounts/<account_id>/sync")
@allows(Action.SYNC_NOW)
def sync_account(account_id: str) -> Response:
    program = frame()
    with program.runtime.database.write() as connection:
        _seen(connection, account, account_id)
        read_now(connection, account_id, now=program.now(), full="full" in request.form)
        try_writes_now(connection, account_id, now=program.now())
    program.ring("sync")
    return _back()


@blueprint.post("/calendars/<calendar_id>/retry")
@allows(Action.SYNC_NOW)
def retry(calendar_id: str) -> Response:
    program = frame()
    with program.runtime.database.write() as connection:
        _seen(connection, calendar, calendar_id)
        retry_parked(connection, calendar_id, now=program.now())
    program.ring("sync")
    return _back()


@blueprint.post("/calendars/<calendar_id>/deletions/<any(confirm, restore):answer>")
@allows(Action.DELETIONS)
def answer_deletions(calendar_id: str, answer: str) -> Response:
    program = frame()
    actor = program.staff()
    with program.runtime.database.read() as connection:
        _seen(connection, calendar, calendar_id)
    answer_held(
        program.runtime,
        calendar_id,
        practice_id=actor.practice_id,
        confirmed=answer == "confirm",
        actor=actor.id,
    )
    program.ring("mail")
    return _back()


def _back() -> Response:
    return redirect(url_for("ops.dashboard"), 303)  # type: ignore[return-value]


def _seen(connection: Connection, table: Any, row_id: str) -> None:
    """Raises ``Refused`` for an account or calendar the one who asks does not see."""
    found = connection.execute(
        select(table.c.practice_id, table.c.provider_id).where(table.c.id == row_id)
    ).one_or_none()
    if found is None or not frame().staff().sees(found.practice_id, found.provider_id):
        raise Refused(Problem.NOT_FOUND)


def _kept_mails(connection: Connection, practice_id: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(mail)
        .where(mail.c.practice_id == practice_id, mail.c.sent_by == "kept")
        .order_by(mail.c.sent_at.desc(), mail.c.id)
        .limit(_MAILS)
    ).all()
