"""Sockets that stop at the end of the running request's budget.

A time-out per read is not enough: a server that sends one byte a minute resets it for ever, in the status
line, in a header or in the size of a chunk. So each read is given what the whole request has left.
"""

import socket
import ssl
from functools import cache
from typing import Any

import certifi

from sync.http.budget import current_budget


class BudgetSocket(socket.socket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _wait_no_longer_than_the_budget(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        _wait_no_longer_than_the_budget(self)
        super().sendall(*args, **kwargs)


class BudgetTLSSocket(ssl.SSLSocket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _wait_no_longer_than_the_budget(self)
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        _wait_no_longer_than_the_budget(self)
        return super().send(*args, **kwargs)


def _wait_no_longer_than_the_budget(sock: socket.socket) -> None:
    budget = current_budget()
    if budget is not None:
        sock.settimeout(budget.seconds_of_silence())


def connect(ip: str, port: int, timeout_seconds: float) -> socket.socket:
    """A connection to an IP address; nothing is looked up. Raises OSError."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    sock = BudgetSocket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout_seconds)
        sock.connect((ip, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


@cache
def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Certificates are always checked: against ``ca_file``, else against the machine's issuers and certifi's.

    Loading them takes tens of milliseconds, so one context serves all sessions.
    """
    context = ssl.create_default_context(cafile=ca_file)
    if ca_file is None:
        # A container without a store of its own still knows the public issuers.
        context.load_verify_locations(certifi.where())
    context.sslsocket_class = BudgetTLSSocket
    return context
