"""What it takes to reach one account."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sync.quota import Quota


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """One account's address and credentials; ``secret`` is in clear and shown by no ``repr``.

    ``own_addresses`` are mail addresses known to be the owner's: her own list, and what ``discover`` said before.
    ``timeout_seconds`` bounds one request, its redirects and its body included. ``allow_private`` lets the server be
    on a private or loopback address.

    For Google ``secret`` is an authorized_user document, or a service account's key with a ``subject``.
    ``api_endpoint`` (scheme, host, port) stands in for Google's own and ``token_uri`` for that of the document.
    ``client`` is the installation's OAuth client (id, secret): accounts connected with it go on when its secret is
    changed.

    Requests are counted with ``quota`` under ``account_id``; ``look``: somebody waits for them. ``wait`` lets seconds
    pass.
    """

    kind: str
    url: str
    username: str
    secret: str = field(repr=False)
    own_addresses: frozenset[str] = frozenset()
    timeout_seconds: float = 120.0
    allow_private: bool = False
    api_endpoint: str | None = None
    token_uri: str | None = None
    client: tuple[str, str] | None = field(default=None, repr=False)
    account_id: str = ""
    look: bool = False
    quota: Quota | None = field(default=None, repr=False)
    wait: Callable[[float], None] = field(default=time.sleep, repr=False, compare=False)
