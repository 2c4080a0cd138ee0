"""Signing in and out: a link by mail, a button to use it, a way to leave."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, make_response, render_template, request

from booking.policy import limited, public
from booking.roles import Role
from service.http.frame import frame
from service.people import sign_in

blueprint = Blueprint("people", __name__, template_folder="templates")

_AFTER: Final = "/login"
_LONGEST_ADDRESS: Final = 254


@blueprint.get("/login")
@public
def login() -> str:
    return render_template("people/login.html", asked=False)


@blueprint.post("/login")
@public
@limited("sign_in")
def ask_for_link() -> str:
    """The same answer whether the address is known or not; a known one gets a mail."""
    program = frame()
    email = request.form.get("email", "")[:_LONGEST_ADDRESS]
    with program.runtime.database.write() as connection:
        sent = sign_in.mail_login_links(connection, program.runtime.tokens, email, now=program.now())
    if sent:
        program.ring("mail")
    return render_template("people/login.html", asked=True)


@blueprint.get("/login/<token>")
@public
def show_link(token: str) -> Response:
    """Only shows a button: programs that follow every link in a mail must not use it up."""
    program = frame()
    with program.runtime.database.read() as connection:
        is_open = sign_in.is_open(connection, program.runtime.tokens, token, now=program.now())
    if not is_open:
        return _no_such_link()
    return make_response(render_template("people/link.html"))


@blueprint.post("/login/<token>")
@public
def use_link(token: str) -> Response:
    program = frame()
    with program.runtime.database.write() as connection:
        user_id = sign_in.use_link(connection, program.runtime.tokens, token, now=program.now())
    if user_id is None:
        return _no_such_link()
    answer = _redirected("/")
    actor = program.identity.start(answer, user_id)
    answer.location = program.identity.way(answer) or home_of(actor.role)
    return answer


@blueprint.post("/logout")
@public
def logout() -> Response:
    answer = _redirected(_AFTER)
    frame().identity.stop(answer)
    return answer


def home_of(role: Role) -> str:
    """Where a role's work is."""
    return "/provider" if role is Role.PROVIDER else "/ops"


def _no_such_link() -> Response:
    """The same page for a link that was used, is too old, or never was."""
    return make_response(render_template("people/link_over.html"), 404)


def _redirected(location: str) -> Response:
    answer = make_response("", 303)
    answer.location = location
    return answer
