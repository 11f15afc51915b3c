"""The consoles of our own services open with identity's one sign-in, and close with its one sign-out."""

import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.platform import BoundService, TestPlatform

CONSOLES = ("e-license", "wifi-portal", "alerts")
"""workflow needs Temporal; tests/e2e has it."""
PATHS = {"e-license": "/verify", "wifi-portal": "/console", "alerts": "/"}


@pytest.fixture(scope="module")
def consoles(platform: TestPlatform, bound_identity: BoundService, identity: Identity) -> dict[str, str]:
    for service in CONSOLES:
        platform.service(service).fields["issuer"] = identity.url
        platform.start(service, "http")
    return {service: identity.services[service] for service in CONSOLES}


def follow(page: Browser, address: str) -> tuple[str, httpx.Response]:
    """Where a browser ends, and what it sees there."""
    for _ in range(8):
        answer = page.get(address)
        if answer.status_code != 303:
            return address, answer
        here, location = urlsplit(address), answer.headers["location"]
        address = location if location.startswith("http") else f"{here.scheme}://{here.netloc}{location}"
    raise AssertionError(address)


def test_one_sign_in_opens_every_console(identity: Identity, consoles: dict[str, str]) -> None:
    page = identity.signed_in("operator01")
    for service, origin in consoles.items():
        address, answer = follow(page, f"{origin}/sign-in?next={PATHS[service]}")
        assert address.startswith(origin), service
        assert answer.status_code in {200, 403}
        assert f"__Host-pingshan-{service}" in page.cookies
        assert "秦知行" in answer.text


def test_signing_out_at_identity_closes_every_console_within_two_seconds(
    identity: Identity, consoles: dict[str, str]
) -> None:
    page = identity.signed_in("operator01")
    for service, origin in consoles.items():
        follow(page, f"{origin}/sign-in?next={PATHS[service]}")
    ended = time.monotonic()
    assert page.post("/sign-out", data={"csrf_token": csrf_of(page.get("/account"))}).status_code == 303
    waiting = dict(consoles)
    while waiting and time.monotonic() - ended < 5:
        waiting = {service: origin for service, origin in waiting.items() if _knows(page, origin, service)}
    assert not waiting
    assert time.monotonic() - ended < 2


def _knows(page: Browser, origin: str, service: str) -> bool:
    return "秦知行" in page.get(f"{origin}{PATHS[service]}").text


def test_signing_out_at_a_console_signs_out_everywhere(identity: Identity, consoles: dict[str, str]) -> None:
    page = identity.signed_in("amr01")
    origin = consoles["e-license"]
    _, shown = follow(page, f"{origin}/sign-in?next=/verify")
    page.post(f"{origin}/sign-out", data={"csrf_token": csrf_of(shown)})
    assert page.get("/account").status_code == 303
