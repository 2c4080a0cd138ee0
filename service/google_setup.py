"""What is wrong with the Google project as far as this machine can see it, and how it is mended. Nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from service.google_client import CALLBACK, GoogleClient, read_client
from service.setting_values import is_loopback
from service.settings import Settings

OK: Final = "ok"
WARN: Final = "warn"
FAIL: Final = "fail"
_GUIDE: Final = "see docs/google.md"


@dataclass(frozen=True, slots=True)
class GoogleFinding:
    state: str
    text: str
    mend: str = ""


def google_findings(settings: Settings) -> Iterator[GoogleFinding]:
    """In the order in which one would mend them."""
    path = settings.google_client_secrets
    if path is None:
        told = "not set up for connecting on pages; that needs FREEHOLD_GOOGLE_CLIENT_SECRETS"
        yield GoogleFinding(OK, told)
        return
    try:
        client = read_client(path)
    except (OSError, ValueError) as error:
        yield GoogleFinding(FAIL, str(error), f"download client_secrets.json again; {_GUIDE}")
        return
    wrong = [*_kind(client), *_redirect(client, settings.base_url), *_endpoints(client)]
    yield from wrong
    if not wrong:
        yield GoogleFinding(
            OK, f"accounts can be connected; Google leads back to {settings.base_url}{CALLBACK}"
        )


def _kind(client: GoogleClient) -> Iterator[GoogleFinding]:
    if client.kind != "web":
        mend = f'make an OAuth client of the type "Web application" and download its file; {_GUIDE}'
        yield GoogleFinding(FAIL, "client_secrets.json is that of a desktop program", mend)


def _redirect(client: GoogleClient, base_url: str) -> Iterator[GoogleFinding]:
    wanted = base_url + CALLBACK
    if wanted not in client.redirect_uris:
        told = f"{wanted} is not among the redirect URIs of client_secrets.json"
        mend = "enter it in the Google project, at Credentials, then download client_secrets.json again"
        yield GoogleFinding(FAIL, told, mend)
    parts = urlsplit(base_url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        told = "Google leads back to https addresses only, or to this machine"
        yield GoogleFinding(FAIL, told, "set FREEHOLD_BASE_URL to an https:// address")


def _endpoints(client: GoogleClient) -> Iterator[GoogleFinding]:
    for uri in (client.auth_uri, client.token_uri):
        parts = urlsplit(uri)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            mend = "download client_secrets.json again"
            yield GoogleFinding(FAIL, f"{uri} in client_secrets.json is not https", mend)
