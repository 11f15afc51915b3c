"""A browser on its way to a simulated upstream and back."""

import re
from html import unescape
from urllib.parse import urlencode

import httpx

from tests.support.identity.parties import Browser, csrf_of

PAGE = "/account/upstreams"
IN_WECOM = {"User-Agent": "Mozilla/5.0 (iPhone) AppleWebKit wxwork/4.1 MicroMessenger/7.0"}


def off(page: Browser, provider: str, continuation: str = "/", headers: dict[str, str] | None = None) -> str:
    """The address at the upstream to which the sign-in page leads."""
    answer = page.get(f"/upstream/{provider}?{urlencode({'continue': continuation})}", headers=headers)
    return str(answer.headers["location"]) if answer.status_code == 303 else onward(answer)


def off_to_link(page: Browser, provider: str) -> str:
    form = {"csrf_token": csrf_of(page.get(PAGE)), "provider": provider}
    return onward(page.post(f"{PAGE}/link", data=form))


def choose(address: str, who: str, headers: dict[str, str] | None = None) -> str:
    """The callback's address after the person chose who they are: `who` is a `sub` or a WeCom userid."""
    address = address.partition("#")[0]
    shown = httpx.get(address, headers=headers)
    assert shown.status_code == 200, shown.text
    answer = httpx.post(address, data={"sub": who, "userid": who}, headers=headers)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def back(page: Browser, callback: str) -> httpx.Response:
    return page.get(callback)


def sign_in_by(page: Browser, provider: str, who: str, continuation: str = "/") -> httpx.Response:
    return back(page, choose(off(page, provider, continuation), who))


def onward(answer: httpx.Response) -> str:
    """Where the page between two parties leads."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


def switch(simulators: str, place: str, mode: str) -> None:
    """`place`: `upstream/gd-unified` or `wecom`."""
    assert httpx.post(f"{simulators}/{place}/mode", data={"mode": mode}).status_code == 303
