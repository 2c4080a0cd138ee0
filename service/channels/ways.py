"""One way for a text to leave. Mail is one; the others are addresses that Apprise understands."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from booking.ladder import N_
from sync.http import AddressPolicy
from sync.http.functions import GuardedFunctions

PHONE = "{phone}"
"""Where a client's number belongs in the address of a way to clients; one without it leads to the practice."""

SMS = (
    "bulksms", "clicksend", "msgbird", "nexmo", "plivo", "seven", "signal", "signals", "sinch", "sns", "threema",
    "twilio", "vonage",
)  # fmt: skip
ROOMS = (
    "discord", "gotify", "gotifys", "json", "jsons", "matrix", "matrixs", "mmost", "mmosts", "ntfy", "ntfys",
    "pover", "rocket", "rockets", "slack", "tgram", "zulip",
)  # fmt: skip
ALLOWED = frozenset((*SMS, *ROOMS))
"""Of Apprise's services those that speak HTTP by the functions that are guarded here, and to nothing on this host."""


class WayRefused(ValueError):
    """The address is none that can be used; the message is English and says nothing of it."""


class WayFailed(Exception):
    """The text could not be handed over now; it is tried again. Says nothing of the address."""


class Way(Protocol):
    """What a row of the outbox leaves by. ``send`` raises ``WayFailed``."""

    def send(self, title: str, text: str) -> None: ...


class AppriseWay:
    """A way by Apprise. One for each text: nothing is kept between two."""

    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin

    def send(self, title: str, text: str) -> None:
        try:
            taken = bool(self._plugin.notify(title=title, body=text))
        except Exception as error:  # a plugin's own defect is no reason to stop the others
            raise WayFailed("the service cannot be used") from error
        if not taken:
            raise WayFailed("the service did not take it")


def open_way(address: str, policy: AddressPolicy, *, phone: str = "") -> Way:
    """The way an address leads. Raises ``WayRefused``."""
    scheme = address.partition("://")[0].lower()
    if scheme not in ALLOWED:
        raise WayRefused(N_("This service is not among those that can be used."))
    plugin = _plugin(address.replace(PHONE, quote(phone, safe="+")))
    if plugin is None:
        raise WayRefused(N_("The service does not understand this address."))
    module = sys.modules[type(plugin).__module__]
    if not isinstance(module.requests, GuardedFunctions):
        # The one place where what Apprise calls is led through the guard.
        module.requests = GuardedFunctions(policy)  # type: ignore[attr-defined]
    return AppriseWay(plugin)


def check(address: str, policy: AddressPolicy) -> None:
    """Raises ``WayRefused`` for an address that can never be used. Nothing is asked of anybody."""
    open_way(address, policy, phone="+15550100000")


def is_to_clients(address: str) -> bool:
    return PHONE in address


def _plugin(address: str) -> Any:
    import apprise  # slow to load, and most processes never need it
    from apprise.common import PersistentStoreMode

    # Its lines name addresses, which hold secrets.
    logging.getLogger("apprise").disabled = True
    asset = apprise.AppriseAsset(
        storage_mode=PersistentStoreMode.MEMORY, plugin_paths=[], app_id="Freehold", app_desc="Freehold"
    )
    return apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)


Opener = Callable[[str], Way]
