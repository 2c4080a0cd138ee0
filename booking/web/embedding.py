"""Booking pages inside the practice's own site: in a frame, on the origins that the practice names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, has_request_context, request, send_file

from booking.policy import public
from booking.practice import Page
from booking.web.frame import frame

blueprint = Blueprint("embedding", __name__)

MARK = "embed"
"""Every address of the variant for frames says so in its query."""

_SCRIPT = Path(__file__).parent / "static" / "embed.js"
_SCRIPT_SECONDS = 3600
_STAYS = ("booking.", "first.", "recognise.")
_STAY_TOO = frozenset({"waiting.form", "waiting.join"})
_NO_PAGE = "booking.accent_css"


@blueprint.get("/embed.js")
@public
def script() -> Response:
    """What the practice's site loads: it puts the frame there and gives it its height."""
    answer = send_file(_SCRIPT, mimetype="text/javascript", max_age=_SCRIPT_SECONDS)
    # Any site may load it: what it frames is refused by the browser where the practice does not name the site.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def embedded() -> bool:
    """True for a page of the variant for frames."""
    return request.args.get(MARK) == "1"


def kept_mark() -> dict[str, Any]:
    """What the address of the last step has in its query, which may be shown in the frame too."""
    return {MARK: "1"} if embedded() else {}


def allow_frame(page: Page) -> None:
    """Lets the origins that the practice names show this answer in a frame, if it is made for one."""
    if embedded() and page.embed_origins:
        frame().allow_framing(page.embed_origins)


def html_line(practice: str) -> str:
    """The line of HTML that the practice puts into a page of its site."""
    base = frame().base_url()
    return (
        f'<script src="{base}/embed.js" data-practice="{practice}" async></script>'
        f'<noscript><a href="{base}/book/{practice}">{base}/book/{practice}</a></noscript>'
    )


@blueprint.app_url_defaults
def _stay(endpoint: str, values: dict[str, Any]) -> None:
    """Links and forms of the variant stay inside it, and so do the answers they lead to."""
    stays = endpoint in _STAY_TOO or (endpoint.startswith(_STAYS) and endpoint != _NO_PAGE)
    if stays and has_request_context() and embedded():
        values.setdefault(MARK, "1")


@blueprint.app_context_processor
def _present() -> dict[str, Any]:
    return {"embedded": has_request_context() and embedded()}
