"""Which IP addresses a request may go to."""

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from sync.http.errors import HostRefused

IPAddress = IPv4Address | IPv6Address


class Reach(IntEnum):
    """Ordered by how much is asked before a connection is made; of several findings the greatest holds."""

    PUBLIC = 0
    PRIVATE = 1
    NEVER = 2


Finding = tuple[Reach, str]

# The first row that contains the address decides; what is in no row is public.
_V4: tuple[tuple[str, Reach, str], ...] = (
    ("169.254.169.254/32", Reach.NEVER, "metadata"),
    ("100.100.100.200/32", Reach.NEVER, "metadata"),
    ("192.0.0.192/32", Reach.NEVER, "metadata"),
    ("168.63.129.16/32", Reach.NEVER, "metadata"),
    ("0.0.0.0/8", Reach.NEVER, "unspecified"),
    ("169.254.0.0/16", Reach.NEVER, "link-local"),
    ("224.0.0.0/4", Reach.NEVER, "multicast"),
    ("255.255.255.255/32", Reach.NEVER, "broadcast"),
    ("240.0.0.0/4", Reach.NEVER, "reserved"),
    ("127.0.0.0/8", Reach.PRIVATE, "loopback"),
    ("10.0.0.0/8", Reach.PRIVATE, "private"),
    ("172.16.0.0/12", Reach.PRIVATE, "private"),
    ("192.168.0.0/16", Reach.PRIVATE, "private"),
    ("100.64.0.0/10", Reach.PRIVATE, "carrier-nat"),
    ("192.0.0.0/24", Reach.PRIVATE, "ietf-protocol"),
    ("192.0.2.0/24", Reach.PRIVATE, "documentation"),
    ("192.88.99.0/24", Reach.PRIVATE, "6to4-relay"),
    ("198.18.0.0/15", Reach.PRIVATE, "benchmark"),
    ("198.51.100.0/24", Reach.PRIVATE, "documentation"),
    ("203.0.113.0/24", Reach.PRIVATE, "documentation"),
)

# The first row that contains the address decides; what is in no row is reserved. Rows that carry an IPv4
# address are judged by that address as well.
_V6: tuple[tuple[str, Reach, str], ...] = (
    ("::/128", Reach.NEVER, "unspecified"),
    ("::1/128", Reach.PRIVATE, "loopback"),
    ("fd00:ec2::254/128", Reach.NEVER, "metadata"),
    ("fd20:ce::254/128", Reach.NEVER, "metadata"),
    ("::ffff:0:0/96", Reach.PUBLIC, "mapped"),
    ("::ffff:0:0:0/96", Reach.PRIVATE, "translated"),
    ("::/96", Reach.PRIVATE, "compatible"),
    ("64:ff9b::/96", Reach.PUBLIC, "nat64"),
    ("64:ff9b:1::/48", Reach.PRIVATE, "nat64-local"),
    ("fe80::/10", Reach.NEVER, "link-local"),
    ("ff00::/8", Reach.NEVER, "multicast"),
    ("fc00::/7", Reach.PRIVATE, "private"),
    ("fec0::/10", Reach.PRIVATE, "site-local"),
    ("2001::/23", Reach.PRIVATE, "ietf-protocol"),
    ("2001:db8::/32", Reach.PRIVATE, "documentation"),
    ("2002::/16", Reach.PRIVATE, "6to4"),
    ("3fff::/20", Reach.PRIVATE, "documentation"),
    ("2000::/3", Reach.PUBLIC, "public"),
)

_V4_ROWS = tuple((IPv4Network(network), (reach, name)) for network, reach, name in _V4)
_V6_ROWS = tuple((IPv6Network(network), (reach, name)) for network, reach, name in _V6)

_TAIL_CARRIES_V4 = tuple(
    IPv6Network(network) for network in ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96")
)
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_TEREDO = IPv6Network("2001::/32")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")


@dataclass(frozen=True)
class AddressPolicy:
    """``allow_private`` opens loopback, private and other local networks. Link-local, multicast, unspecified,
    broadcast and metadata addresses stay closed, in every spelling that carries them."""

    allow_private: bool = False

    def check_ip(self, ip: str | IPAddress) -> None:
        """Raises `HostRefused`, with the kind of address as its reason, unless ``ip`` may be connected to."""
        reach, name = judge(ip)
        if reach is Reach.NEVER or (reach is Reach.PRIVATE and not self.allow_private):
            raise HostRefused(name)


def judge(ip: str | IPAddress) -> Finding:
    """How far ``ip`` reaches and the name of its kind. What is no address, or has a zone, is
    `Reach.NEVER`."""
    try:
        address = ip_address(ip)
    except ValueError:
        return Reach.NEVER, "not-an-address"
    if isinstance(address, IPv4Address):
        return _judge_v4(address)
    if address.scope_id is not None:
        return Reach.NEVER, "zone"
    own = next((finding for network, finding in _V6_ROWS if address in network), (Reach.NEVER, "reserved"))
    return max((own, *map(_judge_v4, _embedded(address))), key=lambda finding: finding[0])


def _judge_v4(address: IPv4Address) -> Finding:
    return next((finding for network, finding in _V4_ROWS if address in network), (Reach.PUBLIC, "public"))


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that a translator or tunnel would take out of ``address``."""
    octets = address.packed
    found: list[bytes] = []
    if int(address) > 1 and any(address in network for network in _TAIL_CARRIES_V4):
        found.append(octets[12:])
    if address in _SIX_TO_FOUR:
        found.append(octets[2:6])
    if address in _TEREDO:
        # The server in the clear, the client with every bit turned (RFC 4380, section 4).
        found += [octets[4:8], bytes(octet ^ 0xFF for octet in octets[12:])]
    if address in _NAT64_LOCAL:
        # The operator picks the prefix length, so every place of RFC 6052, section 2.2, is looked at.
        places = (octets[6:8] + octets[9:11], octets[7:8] + octets[9:12], octets[9:13], octets[12:])
        found += [place for place in places if place[0] != 0]
    if octets[8:12] in _ISATAP:
        found.append(octets[12:])
    return [IPv4Address(place) for place in found]
