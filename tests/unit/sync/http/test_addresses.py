import pytest

from sync.http import AddressPolicy, HostRefused

STRICT = AddressPolicy(allow_private=False)
OPEN = AddressPolicy(allow_private=True)

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "100.63.255.255",
    "100.128.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2001:4860:4860::8888",
]

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.0",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fec0::1",
    "2001:db8::1",
    "2001:2::1",
    "3fff::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:c0a8:1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "2002:808:808::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:a00:1",
]

NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "::1%lo",
    "febf::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "4000::1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::ffff:0.0.0.0",
    "::ffff:224.0.0.1",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::192.0.0.192",
    "64:ff9b:1::a9fe:a9fe",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1:a9:fe:a9fe::",
    "64:ff9b:1::a9:fea9:fe00:0",
    "2002:a9fe:a9fe::1",
    "2002:e000:1::1",
    "2001:0:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:5601:5601",
    "2606:4700::5efe:a9fe:a9fe",
    "fd00::200:5efe:a9fe:a9fe",
    "not an address",
    "2852039166",
    "127.1",
    "",
]


def _refused(policy: AddressPolicy, ip: str) -> bool:
    try:
        policy.check_ip(ip)
    except HostRefused:
        return True
    return False


@pytest.mark.parametrize("ip", PUBLIC)
def test_a_public_address_is_used_under_either_policy(ip: str) -> None:
    assert not _refused(STRICT, ip)
    assert not _refused(OPEN, ip)


@pytest.mark.parametrize("ip", PRIVATE)
def test_a_private_address_is_used_only_where_private_hosts_are_allowed(ip: str) -> None:
    assert _refused(STRICT, ip)
    assert not _refused(OPEN, ip)


@pytest.mark.parametrize("ip", NEVER)
def test_link_local_multicast_unspecified_and_metadata_addresses_are_never_used(ip: str) -> None:
    assert _refused(STRICT, ip)
    assert _refused(OPEN, ip)


def test_a_refused_address_says_no_more_to_people_than_a_server_that_is_down() -> None:
    with pytest.raises(HostRefused) as metadata:
        OPEN.check_ip("169.254.169.254")
    with pytest.raises(HostRefused) as private:
        STRICT.check_ip("10.0.0.1")
    assert metadata.value.text == private.value.text
    assert (metadata.value.reason, private.value.reason) == ("metadata", "private")
