"""Tokens and links for people."""

from __future__ import annotations

from booking.roles import Role
from service.cli.failure import WrongUse
from service.cli.opening import opened
from service.cli.output import say, say_document
from service.cli.places import practice_of, practice_of_client
from service.people.sign_in import create_login_link
from service.people.tokens import create_api_token

ROLES = ("owner", "manager", "provider", "ops")
KINDS = ("sign_in", "new_appointment", "invitation")


def make_token(role: str, name: str, *, provider: str | None, practice: str | None) -> None:
    if role not in ROLES:
        raise WrongUse(f"--role is one of {', '.join(ROLES)}, not {role!r}")
    if (role == "provider") != (provider is not None):
        raise WrongUse("a token of role provider, and no other, names its --provider")
    if not name.strip():
        raise WrongUse("--name says what the token is for; it must not be empty")
    with opened() as runtime:
        slug = provider
        if provider is not None and "/" in provider:
            practice, _, slug = provider.partition("/")
        with runtime.database.write() as connection:
            place = practice_of(connection, practice, provider=slug)
            token = create_api_token(
                connection,
                runtime.tokens,
                practice_id=place.id,
                role=Role(role),
                name=name,
                provider_slug=slug,
                now=runtime.now(),
            )
    say(token)


def login_link(email: str, *, practice: str | None) -> None:
    with opened() as runtime, runtime.database.write() as connection:
        url = create_login_link(
            connection,
            runtime.tokens,
            email,
            base_url=runtime.settings.base_url,
            practice_slug=practice,
            now=runtime.now(),
        )
    say(url)


def client_link(client_id: str, *, kind: str, practice: str | None, json: bool) -> None:
    if kind not in KINDS:
        raise WrongUse(f"--kind is one of {', '.join(KINDS)}, not {kind!r}")
    with opened(json=json) as runtime:
        with runtime.database.read() as connection:
            place = practice_of_client(connection, client_id, practice)
        link = runtime.desk.client_link(place.id, client_id, kind=kind, now=runtime.now())
        url = runtime.settings.base_url + link.path
    if json:
        say_document({"token": link.token, "url": url, "expires_at": link.expires_at.isoformat()})
    else:
        say(url)
