"""A person signs in at identity and works at a console."""

import html
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from pingshan_kit import clock
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import page_session
from pingshan_kit.trust import trust_of
from sqlalchemy import select, update
from starlette.applications import Starlette

from tests.support.kit.console import PAGE, browser, console, csrf_token
from tests.support.kit.openid_provider import (
    FakeIdentity,
    answer_to,
    callback_address,
    fake_identity,
    query_of,
    sign_in,
)
from tests.support.kit.service import ELicense, alive
from tests.support.platform import TestPlatform


@pytest.fixture(scope="module")
async def identity() -> AsyncIterator[FakeIdentity]:
    async with fake_identity() as identity:
        yield identity


@pytest.fixture(scope="module")
def bound(platform: TestPlatform, identity: FakeIdentity) -> ELicense:
    return platform.service("e-license", migrated=False).settings(ELicense, issuer=identity.url)


@pytest.fixture(scope="module")
def app(bound: ELicense, publisher: Database) -> Starlette:
    trust_of(bound).revocations.introspect = alive
    return console(bound, publisher)


@pytest.fixture
async def client(app: Starlette, bound: ELicense, identity: FakeIdentity) -> AsyncIterator[httpx.AsyncClient]:
    identity.honest()
    async with browser(app, bound) as client:
        yield client


async def test_a_stranger_is_sent_to_sign_in_and_comes_back(client: httpx.AsyncClient) -> None:
    off = await client.get("/mine?tab=notes")
    assert (off.status_code, off.headers["location"]) == (303, "/sign-in?next=%2Fmine%3Ftab%3Dnotes")
    back = await sign_in(client, query_of(off.headers["location"])["next"])
    assert (back.status_code, back.headers["location"]) == (303, "/mine?tab=notes")
    assert (await client.get("/mine")).json()["actor"] == "person:person-1"


async def test_identity_is_asked_the_safe_way(client: httpx.AsyncClient, identity: FakeIdentity) -> None:
    await sign_in(client)
    asked, posted = identity.asked[-1], identity.posted[-1]
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32
    assert posted["client_assertion_type"].endswith("jwt-bearer")
    assert "client_secret" not in posted
    assert "pingshan-service" in identity.headers[-1]


async def test_roles_open_and_close_pages(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    assert (await client.get("/officers")).status_code == 200
    refused = await client.get("/judges")
    assert (refused.status_code, refused.json()["code"]) == (403, "PLATFORM_FORBIDDEN")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh-Hans", "您的岗位没有使用这个系统的权限"), ("en", "Your post does not give you access to this system")],
)
async def test_a_person_whose_posts_do_not_open_the_system_is_told_so(
    client: httpx.AsyncClient, identity: FakeIdentity, language: str, sentence: str
) -> None:
    """The way on is the launchpad: this console's own pages would only lead to the same refusal."""
    identity.cheat_answer |= {"code": None, "error": "access_denied"}
    headers = {"accept": "text/html", "accept-language": language}
    answer = await client.get(await callback_address(client), headers=headers)
    assert answer.status_code == 403
    assert sentence in answer.text
    assert "PLATFORM_SIGN_IN_DENIED" in answer.text
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    assert f'href="{identity.url}"' in main
    assert 'href="/"' not in main
    assert (await client.get("/mine")).status_code == 303


async def test_who_is_refused_at_identity_may_be_somebody_else(
    client: httpx.AsyncClient, identity: FakeIdentity
) -> None:
    identity.cheat_answer |= {"code": None, "error": "access_denied"}
    answer = await client.get(await callback_address(client, "/mine?tab=1"), headers=PAGE)
    assert f'href="{identity.url}/account"' in answer.text, "where the name of who is signed in stands"
    assert f'href="{identity.url}/sign-out"' in answer.text
    another = "/sign-in?next=%2Fmine%3Ftab%3D1&another=true"
    assert f'href="{html.escape(another)}"' in answer.text
    identity.honest()
    asked = query_of((off := await client.get(another)).headers["location"])
    assert asked["prompt"] == "select_account"
    assert (await client.get(await answer_to(off))).headers["location"] == "/mine?tab=1"


async def test_a_page_that_refuses_says_whom_and_lets_them_go(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    for headers, said in (({}, "现在登录的是：张三"), ({"accept-language": "en"}, "Signed in as 张三")):
        answer = await client.get("/judges?year=2026", headers=PAGE | headers)
        assert answer.status_code == 403
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        assert said in main
        assert '<form method="post" action="/sign-out">' in main
        assert 'href="/sign-in?next=%2Fjudges%3Fyear%3D2026&amp;another=true"' in main
    missing = await client.get("/nowhere", headers=PAGE)
    assert "现在登录的是" not in missing.text, "an account is not what is wrong with that"


@pytest.mark.parametrize(
    ("referer", "wanted"), [("/mine?tab=1", "/mine?tab=1"), (None, "/mine"), ("https://evil.example/", "/mine")]
)
async def test_who_sends_a_form_after_their_session_is_told_and_led_back_to_it(
    client: httpx.AsyncClient, bound: ELicense, identity: FakeIdentity, referer: str | None, wanted: str
) -> None:
    """It is never sent again: whoever signs in may be somebody else, and may not want it any more."""
    page = referer if referer is None or "//" in referer else f"{bound.public_url}{referer}"
    headers = PAGE | {"x-csrf-token": await csrf_token(client)} | ({} if page is None else {"referer": page})
    off = await client.post("/mine/change", data={"name": "value"}, headers=headers)
    assert off.status_code == 303
    assert query_of(off.headers["location"]) == {"next": wanted, "unsent": "true"}
    begun = len(identity.asked)
    for language, sentence in (("zh-Hans", "表单没有提交"), ("en", "Your form was not sent")):
        said = await client.get(off.headers["location"], headers=PAGE | {"accept-language": language})
        assert said.status_code == 200
        assert sentence in said.text
    assert len(identity.asked) == begun, "who is signed in at identity would come back and see nothing of it"
    onward = f"/sign-in?{urlencode({'next': wanted})}"
    assert f'href="{onward}"' in said.text
    assert (await client.get(await answer_to(await client.get(onward)))).headers["location"] == wanted


async def test_a_form_above_the_level_is_said_not_to_be_sent(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    off = await client.post("/strict/act", headers=PAGE | {"x-csrf-token": await csrf_token(client)})
    assert query_of(off.headers["location"]) == {"next": "/strict", "level": "3", "unsent": "true"}
    said = await client.get(off.headers["location"], headers=PAGE)
    assert "要求更高的登录强度（L3）" in said.text
    assert 'href="/sign-in?next=%2Fstrict&amp;level=3"' in said.text


async def test_two_tabs_can_sign_in_at_the_same_time(client: httpx.AsyncClient) -> None:
    first = await callback_address(client, "/mine?tab=1")
    second = await callback_address(client, "/mine?tab=2")
    assert (await client.get(second)).headers["location"] == "/mine?tab=2"
    assert (await client.get(first)).headers["location"] == "/mine?tab=1"


async def test_signing_out_ends_the_session_here_and_at_identity(
    client: httpx.AsyncClient, identity: FakeIdentity
) -> None:
    await sign_in(client)
    form = {"csrf_token": await csrf_token(client)}
    stolen = dict(client.cookies)
    answer = await client.post("/sign-out", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert identity.ended[-1] == identity.session_id
    assert (await client.get("/mine")).status_code == 303
    assert (await client.get("/mine", headers={"cookie": cookie_header(stolen)})).status_code == 303


def cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


async def test_signing_out_while_identity_is_away_ends_the_session_here(
    client: httpx.AsyncClient, identity: FakeIdentity
) -> None:
    await sign_in(client)
    form = {"csrf_token": await csrf_token(client)}
    identity.away = True
    answer = await client.post("/sign-out", data=form)
    identity.away = False
    assert answer.headers["location"].startswith(f"{identity.url}/end-session?client_id=e-license&")
    assert (await client.get("/mine")).status_code == 303


async def test_the_database_keeps_neither_cookie_nor_name(client: httpx.AsyncClient, publisher: Database) -> None:
    await sign_in(client)
    cookie = client.cookies["__Host-pingshan-e-license"]
    async with publisher.read() as tx:
        rows = (await tx.execute(select(page_session))).mappings().all()
    kept = repr([dict(row) for row in rows])
    assert cookie not in kept
    assert "张三" not in kept
    assert "张三".encode() not in b"".join(row["actor"] for row in rows)


@pytest.mark.parametrize("column", ["seen_at", "expires_at"])
async def test_a_session_ends_by_itself(client: httpx.AsyncClient, publisher: Database, column: str) -> None:
    await sign_in(client)
    assert (await client.get("/mine")).status_code == 200
    async with publisher.begin() as tx:
        await tx.execute(update(page_session).values({column: clock.now() - timedelta(hours=13)}))
    assert (await client.get("/mine")).status_code == 303
