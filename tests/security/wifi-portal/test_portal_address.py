"""What somebody puts into the portal's address, and what surrounds the pages."""

from collections.abc import Callable
from itertools import product

import httpx
import pytest

from tests.support.alerts.fake import FakeAlerts
from tests.support.wifi_portal.visitor import Visitor, browser, hidden_fields

Visitors = Callable[..., Visitor]
SCRIPT = '"><script>alert(1)</script>'


async def test_a_scripted_address_is_refused_and_not_repeated(visitor: Visitors) -> None:
    person = visitor()
    await person.join()
    values = [SCRIPT, "javascript:alert(1)", "\x00", "A" * 5_000, "../../etc/passwd", "；DROP TABLE"]
    for field, value in product(["called", "mac", "nasid", "challenge"], values):
        answer = await person.open(**{field: value})
        assert answer.status_code == 400, (field, value)
        assert "<script>alert" not in answer.text
        assert 'name="mobile"' not in answer.text


async def test_other_parameters_are_neither_shown_nor_followed(visitor: Visitors, alerts: FakeAlerts) -> None:
    person = visitor()
    await person.join()
    for field in ("ssid", "userurl", "uamip", "res", "login_url", "next"):
        answer = await person.open(**{field: f"https://evil.example/{SCRIPT}"})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "evil.example" not in answer.text.partition("<footer>")[0]
        ours = {"csrf_token", "form_key", "nasid", "mac", "called", "challenge", "at", "proof"}
        assert set(hidden_fields(answer.text)) == ours


async def test_the_way_after_the_code_leads_to_the_controller_only(visitor: Visitors, alerts: FakeAlerts) -> None:
    person = visitor()
    await person.join()
    await person.open(userurl="https://evil.example/", uamip="192.0.2.1", login_url="https://evil.example/")
    await person.ask_for_code("13800004001")
    await person.submit(
        "/code", code=alerts.code("+8613800004001"), userurl="https://evil.example/", login_url="https://evil.example/"
    )
    assert person.login_url().startswith("http://localhost:")
    assert "/nas/PS-NAS-04/login?" in person.login_url()
    assert "evil.example" not in person.page.text


async def test_an_access_point_of_another_controller_is_refused(visitor: Visitors) -> None:
    person = visitor()
    await person.join()
    assert (await person.open(called="02-50-53-00-00-01:i-Pingshan")).status_code == 400
    assert (await person.open(called=person.told["called"] + "x")).status_code == 400


async def test_no_page_can_be_framed_and_nothing_foreign_is_loaded(visitor: Visitors, alerts: FakeAlerts) -> None:
    person = visitor()
    await person.join()
    for answer in (person.page, await person.ask_for_code("13800004002")):
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "<script" not in answer.text
        assert [part for part in answer.text.split('href="')[1:] if part.startswith("http")] == []


async def test_pages_are_small(visitor: Visitors, alerts: FakeAlerts) -> None:
    person = visitor()
    await person.join()
    styles = await person.portal.get("/static/portal.css")
    assert styles.status_code == 200
    assert "var(" not in styles.text
    assert "grid" not in styles.text
    for answer in (person.page, await person.ask_for_code("13800004003")):
        assert answer.text.count('rel="stylesheet"') == 1
        assert len(answer.content) + len(styles.content) < 30_000


@pytest.mark.parametrize("path", ["/number", "/code", "/resend", "/start-over"])
async def test_a_form_from_elsewhere_is_refused(visitor: Visitors, path: str) -> None:
    person = visitor()
    await person.join()
    fields = hidden_fields(person.page.text) | {"mobile": "13800004004", "consent": "yes", "code": "000000"}
    fields.pop("csrf_token")
    assert (await person.portal.post(path, data=fields)).status_code == 403
    foreign = await person.portal.post(
        path, data=hidden_fields(person.page.text), headers={"origin": "https://evil.example"}
    )
    assert foreign.status_code == 403


async def test_a_guessed_status_page_shows_nothing(portal: str) -> None:
    async with browser(portal) as client:
        for token in ("A" * 32, "..%2f..%2fetc", "0"):
            assert (await client.get(f"/status/{token}")).status_code == 404
        assert (await client.get("/status/%00")).status_code == 400


@pytest.mark.parametrize(
    "path", ["/console", "/console/sessions", "/console/controllers", "/console/hotspots/PS-HS-057"]
)
async def test_the_console_wants_a_sign_in(portal: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=portal) as client:
        answer = await client.get(path)
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["location"]
