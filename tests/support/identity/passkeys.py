"""Passkeys as our own pages handle them: options by script, the answer by form."""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.support.identity.authenticator import Authenticator
from tests.support.identity.parties import Browser, Identity, csrf_of

PAGE = "/account/passkeys"


def options(page: Browser, address: str, shown: httpx.Response) -> dict[str, Any]:
    answer = page.post(address, data={}, headers={"X-CSRF-Token": csrf_of(shown)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def register(page: Browser, authenticator: Authenticator, name: str = "办公室电脑") -> httpx.Response:
    shown = page.get(PAGE)
    asked = options(page, f"{PAGE}/options", shown)
    return add(page, shown, asked["attempt"], authenticator.create(asked["publicKey"]), name)


def add(page: Browser, shown: httpx.Response, attempt: str, answer: str, name: str = "") -> httpx.Response:
    form = {"csrf_token": csrf_of(shown), "attempt": attempt, "credential": answer, "name": name}
    return page.post(f"{PAGE}/add", data=form)


def with_passkey(
    identity: Identity, authenticator: Authenticator, login: str = "water01", page: Browser | None = None
) -> Browser:
    """A browser in which the person has just signed in and registered it."""
    page = page or identity.signed_in(login)
    assert register(page, authenticator).status_code == 303
    return page


def begin(page: Browser, continuation: str = "/", sign_in: str = "/sign-in") -> tuple[httpx.Response, dict[str, Any]]:
    """The sign-in page, and what it asks the browser."""
    query = urlencode({"continue": continuation})
    shown = page.get(f"{sign_in}?{query}")
    return shown, options(page, f"{sign_in}/passkey/options?{query}", shown)


def give(
    page: Browser, shown: httpx.Response, attempt: str, answer: str, continuation: str = "/", sign_in: str = "/sign-in"
) -> httpx.Response:
    form = {"csrf_token": csrf_of(shown), "attempt": attempt, "credential": answer}
    return page.post(f"{sign_in}/passkey?{urlencode({'continue': continuation})}", data=form)


def sign_in(page: Browser, authenticator: Authenticator, continuation: str = "/") -> httpx.Response:
    """Without a password."""
    shown, asked = begin(page, continuation)
    return give(page, shown, asked["attempt"], authenticator.get(asked["publicKey"]), continuation)


def as_second_factor(page: Browser, address: str, authenticator: Authenticator) -> httpx.Response:
    """`address`: of the second page."""
    query = urlsplit(address).query
    shown = page.get(address)
    asked = options(page, f"/sign-in/passkey/options?{query}", shown)
    assert asked["attempt"] == parse_qs(query)["attempt"][0]
    form = {"csrf_token": csrf_of(shown), "attempt": asked["attempt"]}
    return page.post(f"/sign-in/passkey?{query}", data=form | {"credential": authenticator.get(asked["publicKey"])})


def ids(shown: httpx.Response) -> list[str]:
    """Of the passkeys on one's own list."""
    return list(dict.fromkeys(re.findall(r'name="passkey" value="([^"]+)"', shown.text)))
