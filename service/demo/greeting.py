"""What the demonstration tells once it runs: addresses, one-time links and tokens, on stdout and in demo.json."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from booking.roles import Role
from service.demo.calendar_server import CalendarServer
from service.demo.practice import PROVIDER, SERVICE, SLUG
from service.people.sign_in import create_login_link
from service.people.tokens import actor_of_token, create_api_token
from service.practice_file.stored import load_stored
from service.runtime import Runtime

_STAFF: Final = (("owner", "owner@example.com"), ("ops", "ops@example.com"), ("provider", "ada@example.com"))
_TOKENS: Final = (Role.OWNER, Role.OPS)


@dataclass(frozen=True, slots=True)
class Greeting:
    """``document`` is what demo.json holds."""

    document: dict[str, Any]

    def write(self, path: Path) -> None:
        """Readable by its owner only, for it holds tokens; never half written."""
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self.document, file, indent=2)
            file.write("\n")
        draft.replace(path)

    def lines(self) -> list[str]:
        links = {link["role"]: link for link in self.document["links"]}
        caldav = self.document["caldav"]
        rows = [
            ("Booking page", self.document["booking_page"], None),
            ("Provider area", self.document["provider_area"], links["provider"]),
            ("Dashboard", self.document["dashboard"], links["ops"]),
            ("As the owner", self.document["base_url"] + "/ops", links["owner"]),
        ]
        told = ["Freehold runs. Ctrl-C stops it; the next start finds its data again.", ""]
        for title, address, link in rows:
            told.append(f"  {title:<15} {address}")
            if link is not None:
                told.append(f"  {'':<15} sign in once as {link['email']}: {link['url']}")
        told += [
            f"  {'Calendar':<15} {caldav['url']}",
            f"  {'':<15} CalDAV, user {caldav['username']}, password {caldav['password']}",
        ]
        return [*told, ""]


def greeting(runtime: Runtime, server: CalendarServer, path: Path) -> Greeting:
    """New links, and the tokens that stand in ``path`` from the last start as long as they open anything."""
    base = runtime.settings.base_url
    before = _read(path)
    with runtime.database.write() as connection:
        links = [
            {"role": role, "email": email, "url": _link(connection, runtime, email)} for role, email in _STAFF
        ]
        tokens = {role.value: _token(connection, runtime, role, before) for role in _TOKENS}
    return Greeting(
        {
            "base_url": base,
            "booking_page": f"{base}/book/{SLUG}",
            "provider_area": f"{base}/provider",
            "dashboard": f"{base}/ops",
            "practice": SLUG,
            "provider": PROVIDER,
            "service": SERVICE,
            "links": links,
            "tokens": tokens,
            "caldav": {
                "url": f"{server.url}{PROVIDER}/",
                "username": PROVIDER,
                "password": server.password,
            },
        }
    )


def _link(connection: Connection, runtime: Runtime, email: str) -> str:
    return create_login_link(
        connection,
        runtime.tokens,
        email,
        base_url=runtime.settings.base_url,
        practice_slug=SLUG,
        now=runtime.now(),
    )


def _token(connection: Connection, runtime: Runtime, role: Role, before: dict[str, Any]) -> str:
    kept = before.get("tokens", {}).get(role.value)
    if isinstance(kept, str) and actor_of_token(connection, runtime.tokens, kept) is not None:
        return kept
    stored = load_stored(connection, SLUG)
    assert stored is not None  # noqa: S101 - the practice has just been made
    return create_api_token(
        connection,
        runtime.tokens,
        practice_id=stored.id,
        role=role,
        name="demonstration",
        now=runtime.now(),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
