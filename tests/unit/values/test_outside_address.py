"""Where an address that others chose may lead, and the forms in which one may look like another."""

import pytest
from pingshan_values.outside_address import AddressRefused, Trusted, outside_address

REFUSED = {
    "http://example.com/hook": "scheme",
    "ftp://example.com/": "scheme",
    "file:///etc/passwd": "scheme",
    "gopher://example.com/": "scheme",
    "javascript:alert(1)": "scheme",
    "//example.com": "scheme",
    "": "malformed",
    "https:///x": "malformed",
    "https://user:password@example.com/": "malformed",
    "https://@example.com/": "malformed",
    "https://example.com/#x": "malformed",
    "https://example.com/#": "malformed",
    "https://example.com:99999/": "malformed",
    "https://example.com\\@127.0.0.1/": "malformed",
    "https://example.com/ x": "malformed",
    "https://例子.中国/": "malformed",
    "https://１２７.0.0.1/": "malformed",
    "https://%31%32%37.0.0.1/": "malformed",
    "https://exa_mple.com/": "malformed",
    "https://-example.com/": "malformed",
    "https://example..com/": "malformed",
    "https://[::1/": "malformed",
    "https://[fe80::1%25eth0]/": "malformed",
    "https://example.com/" + "x" * 500: "malformed",
    "https://2130706433/": "malformed",
    "https://0177.0.0.1/": "malformed",
    "https://0x7f000001/": "malformed",
    "https://0x7f.0.0.1/": "malformed",
    "https://127.1/": "malformed",
    "https://127.0.0.1./": "malformed",
    "https://256.256.256.256/": "malformed",
    "https://example.com:25/": "port",
    "https://example.com:80/": "port",
    "https://example.com:0/": "port",
    "https://localhost/": "not-public",
    "https://LOCALHOST:8443/": "not-public",
    "https://localhost./": "not-public",
    "https://identity.localhost/": "not-public",
    "https://127.0.0.1/": "not-public",
    "https://10.1.2.3/": "not-public",
    "https://172.16.0.1/": "not-public",
    "https://192.168.1.1/": "not-public",
    "https://169.254.169.254/latest/meta-data": "not-public",
    "https://100.100.100.200/": "not-public",
    "https://168.63.129.16/": "not-public",
    "https://0.0.0.0/": "not-public",
    "https://224.0.0.1/": "not-public",
    "https://255.255.255.255/": "not-public",
    "https://[::]/": "not-public",
    "https://[::1]/": "not-public",
    "https://[fe80::1]/": "not-public",
    "https://[fc00::1]/": "not-public",
    "https://[fec0::1]/": "not-public",
    "https://192.0.0.192/": "not-public",
    "https://[3fff::1]/": "not-public",
    "https://[ff02::1]/": "not-public",
    "https://[::127.0.0.1]/": "not-public",
    "https://[::ffff:10.0.0.1]/": "not-public",
    "https://[::ffff:7f00:1]/": "not-public",
    "https://[64:ff9b::127.0.0.1]/": "not-public",
    "https://[64:ff9b::a9fe:a9fe]/": "not-public",
    "https://[64:ff9b:1::1]/": "not-public",
    "https://[2002:7f00:1::]/": "not-public",
    "https://[2001:0:7f00:1::]/": "not-public",
}


@pytest.mark.parametrize(("url", "why"), REFUSED.items())
def test_an_address_is_refused_with_its_reason(url: str, why: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        outside_address(url)
    assert refused.value.params["why"] == why


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://example.com/hook?a=b", "example.com", 443),
        ("https://example.com:8443/", "example.com", 8443),
        ("https://EXAMPLE.com./", "example.com.", 443),
        ("https://93.184.215.14/", "93.184.215.14", 443),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443),
        ("https://[64:ff9b::93.184.215.14]/", "64:ff9b::5db8:d70e", 443),
    ],
)
def test_a_public_https_address_is_taken(url: str, host: str, port: int) -> None:
    address = outside_address(url)
    assert (address.port, address.trusted) == (port, False)
    assert address.host in {host, "64:ff9b::93.184.215.14"}


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "192.168.1.1", "169.254.169.254", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::a00:1"],
)
def test_a_name_is_refused_for_any_address_that_it_resolves_to(address: str) -> None:
    name = outside_address("https://example.com/")
    name.refuse_private(["93.184.215.14"])
    with pytest.raises(AddressRefused):
        name.refuse_private(["93.184.215.14", address])


def test_a_trusted_place_is_exact() -> None:
    trusted = Trusted.of({"localhost:18090"})
    assert outside_address("http://localhost:18090/x", trusted).trusted
    for url in ("http://localhost:18091/x", "http://localhost/x", "http://127.0.0.1:18090/x", "ftp://localhost:18090"):
        with pytest.raises(AddressRefused):
            outside_address(url, trusted)


def test_a_trusted_host_is_trusted_at_every_port() -> None:
    assert outside_address("http://localhost:1/x", Trusted.of({"localhost"})).trusted


def test_a_trusted_network_may_be_private_but_not_without_tls() -> None:
    trusted = Trusted.of({"10.20.0.0/16"})
    outside_address("https://10.20.0.1/x", trusted)
    outside_address("https://oa.district.example/", trusted).refuse_private(["10.20.9.9"])
    for url in ("http://10.20.0.1/x", "https://10.21.0.1/x"):
        with pytest.raises(AddressRefused):
            outside_address(url, trusted)
    with pytest.raises(AddressRefused):
        outside_address("https://oa.district.example/", trusted).refuse_private(["10.20.9.9", "10.21.0.1"])


def test_a_network_that_is_none_is_no_exception() -> None:
    with pytest.raises(ValueError, match="host bits"):
        Trusted.of({"10.20.0.1/16"})
