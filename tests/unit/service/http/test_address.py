"""Who is one party for limits."""

import pytest

from service.http.address import network_of


@pytest.mark.parametrize(
    "address, party",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("a name", "unknown"),
    ],
)
def test_an_address_is_counted_as_its_party(address: str | None, party: str) -> None:
    assert network_of(address) == party
