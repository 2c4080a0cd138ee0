"""The bar that says what was saved a moment ago, and takes it back."""

from __future__ import annotations

from typing import Any

from flask import request

from booking.web.frame import frame


def saved_lately() -> dict[str, Any]:
    """For a template: ``saved`` as the address has it, and ``change`` if it can be taken back as things stand."""
    change_id = request.args.get("change")
    change = frame().desk.changed(frame().staff(), change_id) if change_id else None
    return {"saved": request.args.get("saved"), "change": change}
