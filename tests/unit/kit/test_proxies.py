"""Whose address counts behind proxies, and whose word about it."""

from ipaddress import ip_network

import pytest
from pingshan_kit.http.proxies import client_of
from pingshan_kit.settings import ServiceSettings
from pydantic import ValidationError

INGRESS = (ip_network("10.42.0.0/24"), ip_network("fd00:42::/64"))


@pytest.mark.parametrize(
    ("connected", "forwarded", "client"),
    [
        ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"),  # a stranger's word about himself
        ("127.0.0.1", ["203.0.113.9"], "127.0.0.1"),  # loopback is nobody special
        ("10.42.0.5", ["203.0.113.9"], "203.0.113.9"),
        ("10.42.0.5", [], "10.42.0.5"),
        ("10.42.0.5", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),  # the left one is the client's own invention
        ("10.42.0.5", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        ("10.42.0.5", ["203.0.113.9, 10.42.0.8"], "203.0.113.9"),  # two of our proxies
        ("10.42.0.5", ["6.6.6.6, 203.0.113.9, 10.42.0.8"], "203.0.113.9"),
        ("10.42.0.5", ["10.42.0.9, 203.0.113.9"], "203.0.113.9"),
        ("10.42.0.5", ["203.0.113.9, not an address"], "10.42.0.5"),
        ("10.42.0.5", ["203.0.113.9,"], "10.42.0.5"),
        ("10.42.0.5", ["unknown"], "10.42.0.5"),
        ("fd00:42::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.42.0.5", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.42.0.5", ["fe80::1%eth0"], "fe80::1"),
    ],
)
def test_the_right_most_address_that_is_no_proxy_counts(connected: str, forwarded: list[str], client: str) -> None:
    assert client_of(connected, forwarded, INGRESS) == client


def test_a_chain_of_a_million_hops_is_not_walked() -> None:
    assert client_of("10.42.0.5", ["10.42.0.1," * 100_000 + "10.42.0.2"], INGRESS).startswith("10.42.0.")


def test_nobody_is_trusted_unless_it_is_set() -> None:
    field = ServiceSettings.model_fields["trusted_proxies"]
    assert field.default == ()


@pytest.mark.parametrize("text", ["10.42.0.5/16", "everybody", "10.42.0.0/33", "0.0.0.0/0", "::/0"])
def test_a_setting_that_names_no_network_or_all_of_them_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ServiceSettings(trusted_proxies=text)  # type: ignore[call-arg]
    assert any(error["loc"][:1] == ("trusted_proxies",) for error in refused.value.errors())
