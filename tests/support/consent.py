"""The person at Google's consent page, as far as the program sees her: where her answer leads the browser."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def asked_of(location: str) -> dict[str, str]:
    """What the program asks for, from the address it leads to."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))


def answered(
    location: str, email: str, *, granted: tuple[str, ...] | None = None, answer: str = "allow"
) -> str:
    """The address Google sends the browser to; without ``granted`` every box stays ticked."""
    asked = asked_of(location)
    scopes = asked["scope"].split() if granted is None else list(granted)
    form = [*asked.items(), ("email", email), ("answer", answer), *(("granted", scope) for scope in scopes)]
    request = urllib.request.Request(
        location.partition("?")[0], data=urllib.parse.urlencode(form).encode(), method="POST"
    )
    try:
        urllib.request.build_opener(_Stay).open(request, timeout=20)
    except urllib.error.HTTPError as found:
        if found.code == 302:
            return str(found.headers["Location"])
        raise
    raise AssertionError("the consent page leads nowhere")
