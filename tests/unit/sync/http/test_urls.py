import pytest

from sync.http import AddressPolicy, Origin, UrlRefused, check_url, join_href, same_registrable_domain

STRICT = AddressPolicy(allow_private=False)
OPEN = AddressPolicy(allow_private=True)


def refusal(url: str, policy: AddressPolicy = STRICT) -> UrlRefused:
    with pytest.raises(UrlRefused) as caught:
        check_url(url, policy)
    return caught.value


def test_an_https_url_gives_its_origin() -> None:
    assert check_url("https://Cal.Example.org/ada/?a=b", STRICT) == Origin("https", "cal.example.org", 443)


def test_any_port_may_be_named() -> None:
    assert check_url("https://cal.example.org:8443/", STRICT).port == 8443


def test_a_loopback_url_without_tls_is_taken_where_private_hosts_are_allowed() -> None:
    assert str(check_url("http://127.0.0.1:5232/ada/", OPEN)) == "http://127.0.0.1:5232"
    assert str(check_url("http://[::1]:5232/ada/", OPEN)) == "http://[::1]:5232"
    assert str(check_url("http://localhost:5232/ada/", OPEN)) == "http://localhost:5232"
    assert str(check_url("http://radicale:5232/ada/", OPEN)) == "http://radicale:5232"


def test_a_name_of_another_script_becomes_its_a_label() -> None:
    assert check_url("https://kalender.müller.example/", STRICT).host == "kalender.xn--mller-kva.example"


def test_the_root_dot_is_not_part_of_an_origin() -> None:
    assert check_url("https://cal.example.org./", STRICT) == check_url("https://cal.example.org/", STRICT)


@pytest.mark.parametrize(
    "url, words",
    [
        ("", "empty"),
        ("cal.example.org/ada", "begin with https://"),
        ("//cal.example.org/ada", "begin with https://"),
        ("ftp://cal.example.org/", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("gopher://127.0.0.1:6379/_x", "begin with https://"),
        ("https:///ada", "begin with https://"),
        ("https:cal.example.org", "begin with https://"),
        ("http://cal.example.org/", "write https://"),
        ("https://ada:secret@cal.example.org/", "before the @"),
        ("https://ada@cal.example.org/", "before the @"),
        ("https://@cal.example.org/", "before the @"),
        ("https://cal.example.org/#top", "fragment"),
        ("https://cal.example.org/a b", "blank"),
        (" https://cal.example.org/", "blank"),
        ("https://cal.example.org/\r\nX: y", "blank"),
        ("https://cal.example.org\x00/", "invisible"),
        ("https://cal.exam\u00adple.org/", "invisible"),
        ("https://cal.exam\u200bple.org/", "invisible"),
        ("https://cal.example.org\\@127.0.0.1/", "backslash"),
        ("https://:443/", "no host"),
        ("https://[/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://cal.example.org:0/", "1 to 65535"),
        ("https://cal.example.org:65536/", "1 to 65535"),
        ("https://cal.example.org:x/", "1 to 65535"),
        ("https://cal..example.org/", "not a valid name"),
        ("https://-cal.example.org/", "not a valid name"),
        ("https://%31%32%37.0.0.1/", "looks like an IP address"),
        ("https://cal$.example.org/", "not a valid name"),
        ("https://" + "a" * 64 + ".org/", "not a valid name"),
        ("https://cal.example.org/" + "a" * 2048, "2048"),
        ("https://1.2.3.4.5/", "looks like an IP address"),
        ("https://256.1.1.1/", "looks like an IP address"),
        ("https://1.2.3.0x100/", "looks like an IP address"),
        ("https://cal.08/", "looks like an IP address"),
        ("https://127.0.0.1/", "private network"),
        ("https://localhost/", "private network"),
        ("https://cal.localhost/", "private network"),
        ("https://169.254.169.254/", "metadata"),
        ("https://134744072/", "odd spelling of 8.8.8.8"),
        ("https://010.8.8.8/", "odd spelling of 8.8.8.8"),
        ("https://8.8.8.8./", "odd spelling of 8.8.8.8"),
    ],
)
def test_a_wrong_url_is_refused_in_words_that_name_the_mend(url: str, words: str) -> None:
    error = refusal(url)
    assert words in error.text
    assert "secret" not in error.text


def test_plain_http_never_goes_to_a_public_address() -> None:
    assert "write https://" in refusal("http://8.8.8.8/", OPEN).text


def test_a_metadata_address_is_refused_even_where_private_hosts_are_allowed() -> None:
    assert refusal("http://2852039166/", OPEN).reason == "metadata"
    assert refusal("http://[fd00:ec2::254]/", OPEN).reason == "metadata"


def test_an_href_may_be_relative_or_absolute_at_the_same_origin() -> None:
    base = "https://cal.example.org/ada/"
    assert join_href(base, "work/", STRICT) == "https://cal.example.org/ada/work/"
    assert join_href(base, "/ada/work/", STRICT) == "https://cal.example.org/ada/work/"
    assert join_href(base, "https://cal.example.org:443/x", STRICT) == "https://cal.example.org:443/x"


@pytest.mark.parametrize(
    "href",
    [
        "http://cal.example.org/x",
        "https://cal.example.org:8443/x",
        "https://evil.example.org/x",
        "//evil.example.org/x",
        "https://cal.example.org@evil.example/x",
        "https://[",
        "javascript:alert(1)",
    ],
)
def test_an_href_to_another_origin_is_refused(href: str) -> None:
    with pytest.raises(UrlRefused):
        join_href("https://cal.example.org/ada/", href, STRICT)


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("caldav.icloud.com", "p42-caldav.icloud.com", True),
        ("Caldav.ICLOUD.com", "p42-caldav.icloud.com.", True),
        ("example.co.uk", "cal.example.co.uk", True),
        ("a.co.uk", "b.co.uk", False),
        ("ada.github.io", "eve.github.io", False),
        ("icloud.com", "icloud.com.evil.example", False),
        ("icloud.com", "evilicloud.com", False),
        ("com", "icloud.com", False),
        ("localhost", "localhost", True),
        ("nas", "cal.nas", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("1.192.0.2", "2.192.0.2", False),
        ("müller.example", "cal.xn--mller-kva.example", True),
        ("", "", False),
    ],
)
def test_hosts_of_one_registrant_share_the_registrable_domain(one: str, other: str, same: bool) -> None:
    assert same_registrable_domain(one, other) is same
