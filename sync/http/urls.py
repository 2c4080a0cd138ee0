"""What a URL says, before anything is looked up."""

from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import SplitResult, urljoin, urlsplit

from sync.http.addresses import AddressPolicy, IPAddress, Reach, judge
from sync.http.errors import HostRefused, UrlRefused
from sync.http.hosts import address_in, fold, is_name

LONGEST_URL = 2048
_PORTS = {"http": 80, "https": 443}
_KINDS = {
    "metadata": "a cloud's metadata service",
    "link-local": "a link-local address",
    "multicast": "a multicast address",
    "unspecified": "the unspecified address",
    "broadcast": "the broadcast address",
}


@dataclass(frozen=True)
class Origin:
    """Scheme, host (lower case, A-labels, an IPv6 address without brackets) and port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def check_url(url: str, policy: AddressPolicy) -> Origin:
    """The origin of an absolute URL that may be asked; nothing is looked up, names are checked when
    connecting.

    https, or http where ``policy`` allows private hosts and the host is not a public address. Any port.
    Raises `UrlRefused` with what is wrong and how to mend it.
    """
    _check_characters(url)
    parts = _split(url)
    _check_scheme(parts, policy)
    if "@" in parts.netloc:
        raise UrlRefused(
            "The URL holds a user name or password: take out what stands before the @ and give both apart.",
            reason="userinfo",
        )
    if "#" in url:
        raise UrlRefused("The URL has a fragment: take out the # and what follows.", reason="fragment")
    port = _port(parts)
    host = _host(parts)
    address = _address(host)
    if address is None:
        _check_name(host, policy)
    else:
        _check_literal(parts, address, policy)
    return Origin(parts.scheme, host if address is None else str(address), port)


def join_href(base: str, href: str, policy: AddressPolicy) -> str:
    """The absolute URL of an href that a server put into its answer at ``base``. Raises `UrlRefused` unless
    it stays at the origin of ``base``."""
    try:
        url = urljoin(base, href.strip(" \t\r\n"))
    except ValueError:
        raise UrlRefused("The server names an address that is not a URL.", reason="href") from None
    if check_url(url, policy) != check_url(base, policy):
        raise UrlRefused("The server names an address at another server; it is not asked.", reason="href")
    return url


def _check_characters(url: str) -> None:
    if not url:
        raise UrlRefused("The URL is empty.", reason="empty")
    if len(url) > LONGEST_URL:
        raise UrlRefused(f"The URL is longer than {LONGEST_URL} characters.", reason="long")
    if "\\" in url or any(char.isspace() or not char.isprintable() for char in url):
        raise UrlRefused(
            "The URL holds a blank, a backslash or an invisible character: take it out.", reason="characters"
        )


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise UrlRefused("The URL's host cannot be read: write https://HOST/PATH.", reason="host") from None


def _check_scheme(parts: SplitResult, policy: AddressPolicy) -> None:
    if parts.scheme not in _PORTS or not parts.netloc:
        raise UrlRefused("The URL must begin with https:// and a host.", reason="scheme")
    if parts.scheme == "http" and not policy.allow_private:
        raise UrlRefused(
            "The URL begins with http://, which sends passwords in the open: write https://. "
            "A server on this machine or network needs FREEHOLD_ALLOW_PRIVATE_HOSTS.",
            reason="scheme",
        )


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise UrlRefused("The URL's port is not a number from 1 to 65535.", reason="port")
    return port or _PORTS[parts.scheme]


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        raise UrlRefused("The URL has no host.", reason="host")
    try:
        return fold(parts.hostname)
    except ValueError:
        raise UrlRefused("The URL's host is not a valid name.", reason="host") from None


def _address(host: str) -> IPAddress | None:
    try:
        return address_in(host)
    except ValueError:
        raise UrlRefused("The URL's host looks like an IP address and is none.", reason="host") from None


def _check_name(host: str, policy: AddressPolicy) -> None:
    if not is_name(host):
        raise UrlRefused("The URL's host is not a valid name.", reason="host")
    # RFC 6761, section 6.3: these names never leave the machine.
    if (host == "localhost" or host.endswith(".localhost")) and not policy.allow_private:
        raise UrlRefused(_private_text(host), reason="loopback")


def _check_literal(parts: SplitResult, address: IPAddress, policy: AddressPolicy) -> None:
    reach, kind = judge(address)
    try:
        policy.check_ip(address)
    except HostRefused as error:
        never = f"The URL's host is {_KINDS.get(kind, 'a reserved address')}: give the server's own name."
        text = never if reach is Reach.NEVER else _private_text(str(address))
        raise UrlRefused(text, reason=error.reason) from None
    if isinstance(address, IPv6Address):
        spelt_oddly = not parts.netloc.startswith("[")
    else:
        spelt_oddly = parts.hostname != str(address)
    if spelt_oddly:
        raise UrlRefused(f"The URL's host is an odd spelling of {address}: write it so.", reason="spelling")
    if parts.scheme == "http" and reach is Reach.PUBLIC:
        raise UrlRefused(
            f"http:// to {address} would send passwords in the open: write https://.", reason="scheme"
        )


def _private_text(host: str) -> str:
    return (
        f"{host} is on this machine or a private network. "
        "If that is meant, set FREEHOLD_ALLOW_PRIVATE_HOSTS; else give the server's public name."
    )
