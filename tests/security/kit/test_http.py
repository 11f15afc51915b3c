"""What pages refuse, and the headers that keep browsers from helping an attacker."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pingshan_kit.auth.guard import local_path
from pingshan_kit.storage.database import Database
from starlette.applications import Starlette

from tests.support.kit.console import PAGE, browser, console, csrf_token
from tests.support.kit.service import ELicense


@pytest.fixture(scope="module")
def app(settings: ELicense, publisher: Database) -> Starlette:
    return console(settings, publisher)


@pytest.fixture
async def client(app: Starlette, settings: ELicense) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app, settings) as client:
        yield client


async def test_a_form_of_our_own_page_is_taken(client: httpx.AsyncClient, settings: ELicense) -> None:
    form = {"csrf_token": await csrf_token(client), "name": "坪山"}
    own = {"origin": settings.public_url, "sec-fetch-site": "same-origin"}
    assert (await client.post("/echo", data=form, headers=own)).json() == {"name": "坪山"}
    assert (await client.post("/echo", data=form, files={"scan": b"x"})).json()["name"] == "坪山"
    assert (await client.post("/swallow", headers={"x-csrf-token": form["csrf_token"]})).status_code == 200


@pytest.mark.parametrize("address", ["/nowhere", "/boom"])
async def test_a_form_of_an_error_page_is_taken_too(client: httpx.AsyncClient, address: str) -> None:
    """Also where it is the first page that a browser sees of us."""
    shown = await client.get(address, headers=PAGE)
    assert shown.status_code in {404, 500}
    seed = client.cookies["__Host-pingshan-e-license-csrf"]
    token = await csrf_token(client)
    assert client.cookies["__Host-pingshan-e-license-csrf"] == seed, "the page of the refusal has brought it"
    assert (await client.post("/echo", data={"csrf_token": token, "name": "坪山"})).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", ["/echo", "/mine/change", "/sign-out", "/dead-letters/x/retry"])
async def test_a_form_without_token_is_refused(client: httpx.AsyncClient, method: str, address: str) -> None:
    await csrf_token(client)
    answer = await client.request(method, address, data={"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "PLATFORM_REQUEST_FORGED")


async def test_somebody_elses_token_is_refused(client: httpx.AsyncClient, app: Starlette, settings: ELicense) -> None:
    await csrf_token(client)
    async with browser(app, settings) as other:
        token = await csrf_token(other)
    assert (await client.post("/echo", data={"csrf_token": token})).status_code == 403
    assert (await client.post("/echo", headers={"x-csrf-token": token})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_a_form_of_another_site_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    form = {"csrf_token": await csrf_token(client)}
    assert (await client.post("/echo", data=form)).status_code == 200
    assert (await client.post("/echo", data=form, headers=headers)).status_code == 403


@pytest.mark.parametrize("address", ["/", "/form", "/nothing", "/v1/nothing", "/boom", "/v1/boom", "/healthz"])
async def test_no_answer_can_be_framed_or_sniffed(client: httpx.AsyncClient, address: str) -> None:
    headers = (await client.get(address, headers=PAGE)).headers
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


async def test_the_policy_allows_nothing_inline_and_nothing_foreign(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy


async def test_cookies_are_kept_from_scripts_and_other_sites(app: Starlette, settings: ELicense) -> None:
    async with browser(app, settings) as client:
        cookie = (await client.get("/form")).headers["set-cookie"]
    assert cookie.startswith("__Host-pingshan-e-license-")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize("address", ["/swallow", "/hook", "/v1/things", "/echo"])
async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient, address: str) -> None:
    token = {"x-csrf-token": await csrf_token(client)}
    answer = await client.post(address, content=b"x" * 10_001, headers=token)
    assert (answer.status_code, answer.json()["code"]) == (413, "PLATFORM_TOO_LARGE")


async def test_a_body_that_hides_its_length_is_refused(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 1_000

    answer = await client.post("/hook", content=endless())
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "many"])
async def test_a_length_that_is_no_number_is_refused(client: httpx.AsyncClient, length: str) -> None:
    answer = await client.post("/hook", content=b"", headers={"content-length": length})
    assert answer.status_code == 413


async def test_a_body_within_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.post("/hook", content=b"x" * 10_000)).json() == {"octets": 10_000}


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/a\\b",
        "/\t/evil.example",
        "/a\r\nset-cookie: x=1",
        "evil",
        "",
        None,
        "/" + "a" * 2_000,
    ],
)
def test_next_never_leads_elsewhere(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/", "/cases/2026-000123?tab=notes", "/查询"])
def test_next_leads_to_our_own_pages(wanted: str) -> None:
    assert local_path(wanted) == wanted
