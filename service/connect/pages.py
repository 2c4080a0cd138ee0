"""A provider's calendar accounts: connect, choose what each calendar is for, connect again, disconnect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.policy import allows
from booking.refusals import Problem, Refused
from booking.roles import Action
from booking.rules import TitleMode
from service.connect import accounts, showing
from service.connect.accounts import Place
from service.connect.trying import NotConnected, try_caldav
from service.http import headers
from service.http.frame import frame
from sync.store.ports import sealing

blueprint = Blueprint("connect", __name__, template_folder="templates")

ROLES: Final[Mapping[str, tuple[str, bool]]] = {
    "write": ("write", False),
    "busy": ("busy", False),
    "advisory": ("busy", True),
    "ignore": ("ignore", False),
}
"""What a calendar can be chosen for: its role, and whether it is advisory."""
_HOME: Final = "/provider/calendars"


@blueprint.get(_HOME)
@allows(Action.CONNECT_ACCOUNTS)
def home() -> Any:
    with frame().runtime.database.read() as connection:
        providers = showing.providers_of(connection, frame().staff())
    if len(providers) == 1:
        return redirect(url_for("connect.overview", slug=providers[0].slug), 303)
    return render_template("connect/providers.html", providers=providers)


@blueprint.get(f"{_HOME}/<slug>")
@allows(Action.CONNECT_ACCOUNTS)
def overview(slug: str) -> str:
    program = frame()
    with program.runtime.database.read() as connection:
        who = showing.provider_of(connection, program.staff(), slug)
        found = showing.accounts_of(connection, who.id)
        parting = showing.farewells_of(connection, who.id)
    allow_consent()
    return render_template(
        "connect/overview.html",
        who=who,
        accounts=found,
        parting=parting,
        google=program.runtime.google_client is not None,
    )


@blueprint.get(f"{_HOME}/<slug>/caldav")
@allows(Action.CONNECT_ACCOUNTS)
def caldav(slug: str) -> Response:
    return _caldav(slug, {}, {})


@blueprint.post(f"{_HOME}/<slug>/caldav")
@allows(Action.CONNECT_ACCOUNTS)
def connect_caldav(slug: str) -> Any:
    program = frame()
    typed = {name: request.form.get(name, "").strip() for name in ("url", "username")}
    password = request.form.get("password", "")
    errors = {name: gettext("Please fill this in.") for name in typed if not typed[name]}
    if not password:
        errors["password"] = gettext("Please fill this in.")
    if errors:
        return _caldav(slug, typed, errors, 422)
    with program.runtime.database.read() as connection:
        who = showing.provider_of(connection, program.staff(), slug)
    try:
        found = try_caldav(program.runtime, typed["url"], typed["username"], password)
    except NotConnected as error:
        return _caldav(slug, typed, {error.field: gettext(error.text)}, 422)
    with program.runtime.database.write() as connection:
        made = accounts.connect_caldav(
            connection,
            place_of(who),
            url=typed["url"],
            username=typed["username"],
            found=found,
            secret=sealing(program.cipher, password),
            now=program.now(),
        )
    program.ring("sync")
    return redirect(url_for("connect.one", slug=slug, account_id=made), 303)


@blueprint.get(f"{_HOME}/<slug>/<account_id>")
@allows(Action.CONNECT_ACCOUNTS)
def one(slug: str, account_id: str) -> Response:
    return _one(slug, account_id)


@blueprint.post(f"{_HOME}/<slug>/<account_id>/calendars")
@allows(Action.CONNECT_ACCOUNTS)
def choose(slug: str, account_id: str) -> Any:
    program = frame()
    title = request.form.get("title", "")
    with program.runtime.database.write() as connection:
        who = showing.provider_of(connection, program.staff(), slug)
        view = showing.account_of(connection, who.id, account_id)
        choices = {
            item.id: ROLES[given]
            for item in view.calendars
            if (given := request.form.get(f"role-{item.id}", "")) in ROLES
        }
        errors = _wrong_choices(view, choices)
        if not errors:
            accounts.choose_calendars(
                connection, place_of(who), view.row, choices,
                title if title in TitleMode.__members__.values() else None, now=program.now(),
            )  # fmt: skip
    if errors:
        return _one(slug, account_id, errors, 422)
    program.ring("sync")
    return redirect(url_for("connect.overview", slug=slug), 303)


@blueprint.post(f"{_HOME}/<slug>/<account_id>/password")
@allows(Action.CONNECT_ACCOUNTS)
def change_password(slug: str, account_id: str) -> Any:
    program = frame()
    password = request.form.get("password", "")
    with program.runtime.database.read() as connection:
        who = showing.provider_of(connection, program.staff(), slug)
        row = showing.account_of(connection, who.id, account_id).row
    if row.kind != accounts.CALDAV:
        raise Refused(Problem.NOT_FOUND)
    try:
        if not password:
            raise NotConnected("password", gettext("Please fill this in."))
        try_caldav(program.runtime, row.url or "", row.username or "", password)
    except NotConnected as error:
        return _one(slug, account_id, {"password": gettext(error.text)}, 422)
    with program.runtime.database.write() as connection:
        accounts.change_password(
            connection, place_of(who), account_id, sealing(program.cipher, password), now=program.now()
        )
    program.ring("sync")
    return redirect(url_for("connect.overview", slug=slug), 303)


@blueprint.get(f"{_HOME}/<slug>/<account_id>/disconnect")
@allows(Action.CONNECT_ACCOUNTS)
def parting(slug: str, account_id: str) -> str:
    """Says what disconnecting leads to; the button does it."""
    program = frame()
    with program.runtime.database.read() as connection:
        who = showing.provider_of(connection, program.staff(), slug)
        view = showing.account_of(connection, who.id, account_id)
        ahead = showing.bookings_ahead(connection, who.id, program.now())
    return render_template("connect/disconnect.html", who=who, view=view, ahead=ahead)


@blueprint.post(f"{_HOME}/<slug>/<account_id>/disconnect")
@allows(Action.CONNECT_ACCOUNTS)
def disconnect(slug: str, account_id: str) -> Response:
    program = frame()
    with program.runtime.database.write() as connection:
        who = showing.provider_of(connection, program.staff(), slug)
        row = showing.account_of(connection, who.id, account_id).row
        accounts.disconnect(connection, place_of(who), row, cipher=program.cipher, now=program.now())
    program.ring("sync", "requests")
    return redirect(url_for("connect.overview", slug=slug), 303)  # type: ignore[return-value]


def place_of(who: Any) -> Place:
    return Place(who.practice_id, who.id, frame().staff())


def allow_consent() -> None:
    """The page has a button whose answer leads to Google."""
    client = frame().runtime.google_client
    if client is not None:
        headers.allow_forms_to([client.auth_origin])


def _caldav(slug: str, typed: Mapping[str, str], errors: Mapping[str, str], status: int = 200) -> Response:
    with frame().runtime.database.read() as connection:
        who = showing.provider_of(connection, frame().staff(), slug)
    html = render_template("connect/caldav.html", who=who, typed=typed, errors=errors)
    return make_response(html, status)


def _one(slug: str, account_id: str, errors: Mapping[str, str] = {}, status: int = 200) -> Response:
    program = frame()
    with program.runtime.database.read() as connection:
        who = showing.provider_of(connection, program.staff(), slug)
        view = showing.account_of(connection, who.id, account_id)
        elsewhere = showing.writes_elsewhere(connection, who.id, account_id)
    given = {item.id: request.form.get(f"role-{item.id}") or _role_of(item) for item in view.calendars}
    if not elsewhere and view.row.by_page and "write" not in given.values() and not request.form:
        # Not chosen for her, only proposed: nothing is written before she has said where.
        own = [item for item in view.calendars if item.writable]
        best = next((item for item in own if item.remote_id == view.row.principal), own[0] if own else None)
        given |= {best.id: "write"} if best is not None and not _was_chosen(view) else {}
    allow_consent()
    html = render_template(
        "connect/one.html", who=who, view=view, given=given, errors=errors, elsewhere=elsewhere,
        title=next((item.title for item in view.calendars if item.title), "initials"),
        google=program.runtime.google_client is not None,
    )  # fmt: skip
    return make_response(html, status)


def _was_chosen(view: showing.AccountView) -> bool:
    return any(_role_of(item) != "busy" for item in view.calendars)


def _role_of(item: Any) -> str:
    return "advisory" if item.role == "busy" and item.advisory else str(item.role)


def _wrong_choices(view: showing.AccountView, choices: Mapping[str, tuple[str, bool]]) -> dict[str, str]:
    chosen = [item for item in view.calendars if choices.get(item.id, ("", False))[0] == "write"]
    if len(chosen) > 1:
        return {f"role-{chosen[1].id}": gettext("Bookings are written into one calendar; choose one.")}
    if chosen and not chosen[0].writable:
        return {
            f"role-{chosen[0].id}": gettext("You may only read this calendar; bookings need one of your own.")
        }
    return {}
