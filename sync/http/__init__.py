"""The one guarded way out to a remote.

Nothing else in the program opens a connection to a server that somebody named. A `GuardedSession` speaks to
one origin, connects only to addresses that were checked, follows no redirect elsewhere, and stops at a size
and a time.
"""

from sync.http.adapter import GuardedAdapter
from sync.http.addresses import AddressPolicy
from sync.http.budget import Limits
from sync.http.errors import (
    DeadlineExceeded,
    HostRefused,
    OutboundError,
    RedirectRefused,
    ResponseTooLarge,
    Unreachable,
    UrlRefused,
)
from sync.http.hosts import same_registrable_domain
from sync.http.session import GuardedSession
from sync.http.urls import Origin, check_url, join_href

__all__ = [
    "AddressPolicy",
    "DeadlineExceeded",
    "GuardedAdapter",
    "GuardedSession",
    "HostRefused",
    "Limits",
    "Origin",
    "OutboundError",
    "RedirectRefused",
    "ResponseTooLarge",
    "Unreachable",
    "UrlRefused",
    "check_url",
    "join_href",
    "same_registrable_domain",
]
