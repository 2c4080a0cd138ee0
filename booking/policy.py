"""What a route declares about itself: for whom it is, and how often. A route that declares nothing is refused.

The marks only say; the program's frame reads them before the route is entered. They go below the blueprint's own
decorator, on the view itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from booking.roles import Action

View = TypeVar("View", bound=Callable[..., Any])

_POLICY = "freehold_policy"
_LIMIT = "freehold_limit"


class Door(StrEnum):
    PUBLIC = "public"
    """Open to everybody and about nobody: static files, signs of life, signing in."""
    ACTION = "action"
    """For the roles that ``booking.roles`` lets do this; without sign-in for what role ``public`` may do."""
    CAPABILITY = "capability"
    """For whoever holds the token in the path. The view answers a token that opens nothing as an unknown page."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``action`` is None only for a public door."""

    door: Door
    action: Action | None = None


def public(view: View) -> View:
    return _marked(view, Policy(Door.PUBLIC))


def allows(action: Action) -> Callable[[View], View]:
    return lambda view: _marked(view, Policy(Door.ACTION, action))


def capability(action: Action) -> Callable[[View], View]:
    return lambda view: _marked(view, Policy(Door.CAPABILITY, action))


def limited(name: str) -> Callable[[View], View]:
    """Counts a call of the view by one who is not signed in against a limit per address: requests, slots or sign_in."""

    def mark(view: View) -> View:
        setattr(view, _LIMIT, name)
        return view

    return mark


def policy_of(view: Callable[..., Any]) -> Policy | None:
    """What the view declares; None if it declares nothing."""
    found = getattr(view, _POLICY, None)
    return found if isinstance(found, Policy) else None


def limit_of(view: Callable[..., Any]) -> str | None:
    found = getattr(view, _LIMIT, None)
    return found if isinstance(found, str) else None


def _marked(view: View, policy: Policy) -> View:
    setattr(view, _POLICY, policy)
    return view
