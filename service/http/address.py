"""Where a request came from, as far as limits care."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

_OWN_NET = 64


def network_of(address: str | None) -> str:
    """The socket's address as one party: an IPv4 address, or the /64 an IPv6 host picks its addresses from.

    What headers claim is not looked at: anybody can write them. An unknown address is one party too.
    """
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((found, _OWN_NET), strict=False))
    return str(found)
