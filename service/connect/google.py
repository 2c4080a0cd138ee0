"""The way to Google's consent page and back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from booking.policy import allows
from booking.refusals import Problem, Refused
from booking.roles import Action
from service.connect import accounts, attempts, showing
from service.connect.attempts import Attempt
from service.connect.oauth import consent_url, exchange
from service.connect.pages import allow_consent, place_of
from service.connect.troubles import TEXTS, ConnectFailed, Trouble, of_consent_error
from service.connect.trying import look_into
from service.google_client import CALLBACK, GoogleClient
from service.http.frame import frame
from service.runtime import Runtime
from sync.backends.access import AccountAccess
from sync.backends.errors import BackendError
from sync.backends.protocol import Discovery
from sync.store.ports import sealing

blueprint = Blueprint("connect_google", __name__, template_folder="templates")


@blueprint.post("/provider/calendars/<slug>/google")
@allows(Action.CONNECT_ACCOUNTS)
def start(slug: str) -> Response:
    """Leads to Google. ``account`` is given to connect that one again."""
    program = frame()
    client, session = program.runtime.google_client, program.identity.session()
    if client is None or session is None:
        raise Refused(Problem.NOT_FOUND)
    again = request.form.get("account") or None
    with program.runtime.database.write() as connection:
        who = showing.provider_of(connection, program.staff(), slug)
        known = showing.account_of(connection, who.id, again).row if again else None
        state = attempts.begin(
            connection,
            program.runtime.tokens,
            Attempt(who.practice_id, who.id, again),
            session=session,
            now=program.now(),
        )
    url = consent_url(
        client,
        redirect_uri=_redirect_uri(program.runtime),
        state=state,
        verifier=attempts.verifier_of(program.runtime.tokens, state),
        login_hint=known.principal if known is not None else None,
    )
    return redirect(url, 303)  # type: ignore[return-value]


@blueprint.get(CALLBACK)
@allows(Action.CONNECT_ACCOUNTS)
def callback() -> Any:
    """Google sends the browser here with what the person answered."""
    program = frame()
    state, session = request.args.get("state", ""), program.identity.session() or ""
    if request.method != "GET":
        raise Refused(Problem.NOT_FOUND)
    with program.runtime.database.write() as connection:
        tried = attempts.take(connection, program.runtime.tokens, state, session=session, now=program.now())
    if tried is None:
        return _failed(ConnectFailed(Trouble.STATE), None)
    with program.runtime.database.read() as connection:
        seen = showing.providers_of(connection, program.staff())
    who = next((row for row in seen if row.id == tried.provider_id), None)
    if who is None:
        return _failed(ConnectFailed(Trouble.STATE), None)
    try:
        made = _connected(program.runtime, who, tried, state)
    except ConnectFailed as error:
        return _failed(error, who, tried.account_id)
    program.ring("sync")
    return redirect(url_for("connect.one", slug=who.slug, account_id=made), 303)


def _connected(runtime: Runtime, who: Any, tried: Attempt, state: str) -> str:
    """The id of the account that is connected now. Raises ``ConnectFailed``, and then nothing has changed."""
    client = runtime.google_client
    if client is None:
        raise ConnectFailed(Trouble.CLIENT)
    if "error" in request.args or not request.args.get("code"):
        raise of_consent_error(request.args.get("error", ""))
    secret, found = _granted(runtime, client, request.args["code"], state)
    with runtime.database.write() as connection:
        return accounts.connect_google(
            connection,
            place_of(who),
            found=found,
            secret=sealing(runtime.sealer, secret),
            again=tried.account_id,
            now=frame().now(),
        )


def _granted(runtime: Runtime, client: GoogleClient, code: str, state: str) -> tuple[str, Discovery]:
    granted = exchange(
        client,
        code=code,
        verifier=attempts.verifier_of(runtime.tokens, state),
        redirect_uri=_redirect_uri(runtime),
    )
    if granted.missing:
        raise ConnectFailed(Trouble.PARTLY, ", ".join(each.rpartition("/")[2] for each in granted.missing))
    try:
        return granted.document, look_into(runtime, AccountAccess("google", "", "", granted.document))
    except BackendError as error:
        raise ConnectFailed(Trouble.CALENDARS, error.text) from error


def _redirect_uri(runtime: Runtime) -> str:
    return runtime.settings.base_url + CALLBACK


def _failed(error: ConnectFailed, who: Any, again: str | None = None) -> Response:
    title, text = TEXTS[error.trouble]
    allow_consent()
    html = render_template(
        "connect/failed.html", title=title, text=text, detail=error.detail, who=who, again=again
    )
    return make_response(html, 400)
