"""RFC 9700 section 2.1 and RFC 8252 section 7.3."""

import pytest
from pingshan_identity.domain.clients.redirect_uri import (
    form_targets,
    home_of,
    is_registered,
    may_be_registered,
    with_query,
)

WEB = ("https://oa.example/callback?x=1", "http://127.0.0.1/callback")


@pytest.mark.parametrize("uri", WEB)
def test_a_registered_address_is_taken(uri: str) -> None:
    assert is_registered(uri, WEB, native=False)
    assert is_registered(uri, WEB, native=True)


@pytest.mark.parametrize("registered", ["http://127.0.0.1/callback", "http://127.0.0.1:8080/callback"])
@pytest.mark.parametrize("port", ["", ":1", ":51234", ":65535"])
def test_an_app_listens_on_any_loopback_port(registered: str, port: str) -> None:
    assert is_registered(f"http://127.0.0.1{port}/callback", [registered], native=True)
    assert is_registered(f"http://[::1]{port}/", ["http://[::1]:3/"], native=True)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:51234/callback/",
        "http://127.0.0.1:51234/callback?next=1",
        "http://127.0.0.1:51234/callback#x",
        "http://127.0.0.1:51234/Callback",
        "https://127.0.0.1:51234/callback",
        "http://127.0.0.2:51234/callback",
        "http://localhost:51234/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:123456/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:80@attacker.example/callback",
        "http://127.0.0.1.attacker.example/callback",
        "http://127.0.0.1:51234/callback\n",
        "https://oa.example:444/callback?x=1",
    ],
)
def test_nothing_but_the_port_may_differ(uri: str) -> None:
    assert not is_registered(uri, WEB, native=True)


def test_a_web_client_has_no_exception() -> None:
    assert not is_registered("http://127.0.0.1:51234/callback", WEB, native=False)


@pytest.mark.parametrize("uri", ["https://oa.example/callback?x=1", "http://127.0.0.1:8080/callback", "http://[::1]/"])
def test_anybody_registers_https_and_the_same_machine(uri: str) -> None:
    assert may_be_registered(uri, native=False)
    assert may_be_registered(uri, native=True)


def test_only_an_app_registers_a_scheme_of_its_own() -> None:
    assert may_be_registered("cn.gov.pingshan.app:/callback", native=True)
    assert not may_be_registered("cn.gov.pingshan.app:/callback", native=False)
    assert not may_be_registered("app:/callback", native=True)


@pytest.mark.parametrize(
    "uri",
    [
        "http://oa.example/callback",
        "https://oa.example/callback#part",
        "https://user@oa.example/callback",
        "https://oa.example:0/callback",
        "https:///callback",
        "https://oa.example\\@attacker.example/",
        "javascript:alert(1)",
        "https://oa.example/" + "a" * 500,
    ],
)
def test_other_addresses_nobody_registers(uri: str) -> None:
    assert not may_be_registered(uri, native=False)
    assert not may_be_registered(uri, native=True)


def test_what_was_sent_goes_back_byte_by_byte() -> None:
    assert with_query("https://rp.example/?a=1", {"state": "+ 状"}) == "https://rp.example/?a=1&state=%2B+%E7%8A%B6"


def test_where_a_system_begins() -> None:
    assert home_of(["cn.example.app:/callback", "https://rp.example:8443/callback?x"]) == "https://rp.example:8443/"
    assert home_of(["cn.example.app:/callback"]) is None


@pytest.mark.parametrize(
    ("origin", "targets"),
    [
        ("https://rp.example", ["https://rp.example", "https:"]),
        ("http://localhost:8080", ["http://localhost:8080", "http:", "https:"]),
        ("http://[::1]:8080", ["http:", "https:"]),
        ("cn.gov.pingshan.app:", ["cn.gov.pingshan.app:"]),
        ("https://a;script-src *", ["https://a%3Bscript-src *", "https:"]),
    ],
)
def test_a_form_may_lead_to_the_system_and_to_the_hosts_behind_it(origin: str, targets: list[str]) -> None:
    assert form_targets(origin) == targets
