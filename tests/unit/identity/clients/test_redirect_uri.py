"""RFC 9700 section 2.1 and RFC 8252 section 7.3."""

import pytest
from pingshan_identity.domain.clients.redirect_uri import is_registered

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
