"""From a name to a connection: looked up once, checked, and connected to the very address that was
checked."""

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from sync.http.addresses import AddressPolicy, Reach, judge
from sync.http.errors import HostRefused, Unreachable
from sync.http.sockets import connect as connect_to_ip

Resolver = Callable[[str, int], Iterable[str]]
Connect = Callable[[str, int, float], socket.socket]

MOST_ANSWERS = 64
MOST_ATTEMPTS = 4


def resolve(host: str, port: int) -> list[str]:
    """The addresses the system gives for ``host``, in its order, a zone kept as ``%1``. Raises OSError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(_spelt(sockaddr) for *_, sockaddr in answers))


def _spelt(sockaddr: tuple[object, ...]) -> str:
    ip = str(sockaddr[0])
    zone = sockaddr[3] if len(sockaddr) == 4 else 0
    return f"{ip}%{zone}" if zone and "%" not in ip else ip


class Dialler:
    """Opens connections under one `AddressPolicy`."""

    def __init__(
        self, policy: AddressPolicy, *, resolver: Resolver = resolve, connect: Connect = connect_to_ip
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._connect = connect

    def open(self, host: str, port: int, *, secure: bool, timeout_seconds: float) -> socket.socket:
        """A socket to ``host``. Every address of the name must pass, not only the one that is used: a name
        with one forbidden answer is an attack or a mistake. Raises `HostRefused` or `Unreachable`."""
        ends = monotonic() + timeout_seconds
        ips = self._checked_addresses(host.strip("[]"), port, secure=secure, timeout_seconds=timeout_seconds)
        failure: OSError | None = None
        for ip in ips[:MOST_ATTEMPTS]:
            left = ends - monotonic()
            if left <= 0:
                break
            try:
                sock = self._connect(ip, port, left)
            except OSError as error:
                failure = error
                continue
            _check_peer(sock, ip)
            return sock
        raise Unreachable(_reason_of(failure)) from failure

    def _checked_addresses(self, host: str, port: int, *, secure: bool, timeout_seconds: float) -> list[str]:
        try:
            ip_address(host)
        except ValueError:
            ips = _look_up(self._resolver, host, port, timeout_seconds)
        else:
            ips = [host]
        if not ips:
            raise Unreachable("dns")
        if len(ips) > MOST_ANSWERS:
            raise HostRefused("too-many-addresses")
        for ip in ips:
            self._policy.check_ip(ip)
            if not secure and judge(ip)[0] is Reach.PUBLIC:
                # Without TLS a password would cross the internet in the open.
                raise HostRefused("plain-http")
        return ips


def _look_up(resolver: Resolver, host: str, port: int, timeout_seconds: float) -> list[str]:
    """The resolver's answers. The system's look-up takes no time-out, so it runs aside and is left behind
    when late."""
    answer: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(list(resolver(host, port)))
        except (OSError, ValueError) as error:
            answer.put(error)

    Thread(target=ask, name="look-up", daemon=True).start()
    try:
        found = answer.get(timeout=timeout_seconds)
    except Empty:
        raise Unreachable("timeout") from None
    if isinstance(found, Exception):
        raise Unreachable("dns") from found
    return found


def _check_peer(sock: socket.socket, ip: str) -> None:
    """Raises `HostRefused` if the connection did not end at ``ip``."""
    peer = ip_address(sock.getpeername()[0])
    wanted = ip_address(ip)
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
        peer = peer.ipv4_mapped
    if isinstance(wanted, IPv6Address) and wanted.ipv4_mapped is not None:
        wanted = wanted.ipv4_mapped
    if peer != wanted:
        sock.close()
        raise HostRefused("peer")


def _reason_of(failure: OSError | None) -> str:
    if failure is None or isinstance(failure, TimeoutError):
        return "timeout"
    return "refused" if isinstance(failure, ConnectionRefusedError) else "network"
