"""What each role may do. Pages, API and command line all ask this one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    PROVIDER = "provider"
    OPS = "ops"
    CLIENT = "client"
    """Whoever holds a client's link: the link opens one request, or stands for one client."""
    PUBLIC = "public"


class Action(StrEnum):
    LOOK_AT_OFFERS = "look_at_offers"
    ASK_FOR_A_TIME = "ask_for_a_time"
    LEAVE_A_WISH = "leave_a_wish"
    VIEW_OWN_REQUEST = "view_own_request"
    CANCEL_OWN_REQUEST = "cancel_own_request"
    MOVE_OWN_REQUEST = "move_own_request"
    """Another time for it, or an answer to times put forward."""
    VIEW_REQUESTS = "view_requests"
    DECIDE = "decide"
    ANSWER_BY_LINK = "answer_by_link"
    """By whoever holds the link in the mail to the provider, about that one request."""
    ACT_FOR_CLIENTS = "act_for_clients"
    """Slots, requests and explanations in the name of a client, by id."""
    CLIENT_LINKS = "client_links"
    CLIENT_ACCESS = "client_access"
    """Privileges of clients: everyone's for owners and managers, her own clients' for a provider."""
    BUSY = "busy"
    WRITE_EVENTS = "write_events"
    EXPLAIN = "explain"
    EVENT_TITLES = "event_titles"
    """Titles, names and texts of outside events, in explanations and histories."""
    VIEW_ACCOUNTS = "view_accounts"
    VIEW_HOLDS = "view_holds"
    RELEASE_HOLDS = "release_holds"
    HISTORY = "history"
    SYNC_NOW = "sync_now"
    DELETIONS = "deletions"
    VIEW_DASHBOARD = "view_dashboard"
    METRICS = "metrics"
    OWN_AREA = "own_area"
    AVAILABILITY = "availability"
    """Hours, dates, rules, services and switches of a provider; those of the whole practice need ``SETTINGS``."""
    CONNECT_ACCOUNTS = "connect_accounts"
    SETTINGS = "settings"
    CHANNELS = "channels"
    """Ways besides mail by which notices go: they cost money and hold secrets."""
    TOKENS = "tokens"


_PUBLIC = {Action.LOOK_AT_OFFERS, Action.ASK_FOR_A_TIME, Action.LEAVE_A_WISH}
_OWN = {Action.ANSWER_BY_LINK, Action.VIEW_OWN_REQUEST, Action.CANCEL_OWN_REQUEST, Action.MOVE_OWN_REQUEST}
_PRACTICE = {
    Action.VIEW_REQUESTS, Action.DECIDE, Action.ACT_FOR_CLIENTS, Action.CLIENT_LINKS, Action.BUSY,
    Action.WRITE_EVENTS, Action.EXPLAIN, Action.EVENT_TITLES, Action.VIEW_ACCOUNTS, Action.VIEW_HOLDS,
    Action.RELEASE_HOLDS, Action.HISTORY, Action.SYNC_NOW, Action.DELETIONS, Action.OWN_AREA,
    Action.CONNECT_ACCOUNTS, Action.AVAILABILITY, Action.CLIENT_ACCESS,
}  # fmt: skip
_WATCH = {
    Action.VIEW_ACCOUNTS, Action.VIEW_HOLDS, Action.EXPLAIN, Action.HISTORY, Action.SYNC_NOW, Action.DELETIONS,
    Action.VIEW_DASHBOARD, Action.METRICS,
}  # fmt: skip
_LEAD = {Action.VIEW_DASHBOARD, Action.METRICS, Action.SETTINGS}

MAY: Mapping[Role, frozenset[Action]] = {
    Role.OWNER: frozenset(_PUBLIC | _PRACTICE | _LEAD | {Action.TOKENS, Action.CHANNELS}),
    Role.MANAGER: frozenset(_PUBLIC | _PRACTICE | _LEAD),
    # The same calls as the practice's, but on their own rows only: see ``Actor.sees``.
    Role.PROVIDER: frozenset(_PUBLIC | _PRACTICE),
    Role.OPS: frozenset(_PUBLIC | _WATCH),
    Role.CLIENT: frozenset(_PUBLIC | _OWN),
    Role.PUBLIC: frozenset(_PUBLIC),
}

STAFF = (Role.OWNER, Role.MANAGER, Role.PROVIDER, Role.OPS)
"""Roles that a user or an API token can have."""


def may(role: Role, action: Action) -> bool:
    return action in MAY[role]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in one practice. ``id`` is what the audit keeps: ``user:ID``, ``token:ID``, ``cli``; never a name.

    Role ``provider`` has a ``provider_id``, and sees and does what concerns that provider only.
    """

    role: Role
    practice_id: str
    id: str
    provider_id: str | None = None

    def may(self, action: Action) -> bool:
        return may(self.role, action)

    def sees(self, practice_id: str, provider_id: str) -> bool:
        """True if rows of this provider are this actor's to see at all; else they look as if there were none."""
        if practice_id != self.practice_id:
            return False
        return self.role is not Role.PROVIDER or provider_id == self.provider_id
