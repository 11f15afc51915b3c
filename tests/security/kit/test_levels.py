"""Assurance levels: pages lead to a step-up and back, REST and RPC say what is missing (RFC 9470)."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import APIRouter, Depends
from pingshan_kit.auth import PageAuth, bearer, protect
from pingshan_kit.errors import Forbidden, LevelTooLow
from pingshan_kit.http import application
from pingshan_kit.rpc.context import require, serving
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of
from pingshan_ui import environment
from pingshan_values.actor import Actor, ActorKind
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.kit.console import PAGE, browser
from tests.support.kit.openid_provider import FakeIdentity, callback_address, fake_identity, sign_in
from tests.support.kit.service import ELicense, alive
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer

router = APIRouter()


@router.get("/low")
async def low(_actor: Actor = Depends(bearer())) -> str:  # noqa: B008 - FastAPI's way
    return "in"


@router.get("/high")
async def high(_actor: Actor = Depends(bearer("officer", level=3))) -> str:  # noqa: B008 - FastAPI's way
    return "in"


async def page(_request: Request) -> Response:
    return PlainTextResponse("in")


def made(settings: ELicense, database: Database) -> Starlette:
    return application(
        settings,
        database=database,
        errors={},
        pages=[Route("/mine", protect(page)), Route("/high", protect(page, "officer", level=2))],
        api=router,
        templates=environment(Path(__file__).parent, zh="控制台", en="Console"),
        auth=PageAuth(settings, database),
    )


@pytest.fixture(scope="module")
async def identity() -> AsyncIterator[FakeIdentity]:
    async with fake_identity() as identity:
        yield identity


@pytest.fixture
async def client(
    platform: TestPlatform, publisher: Database, identity: FakeIdentity
) -> AsyncIterator[httpx.AsyncClient]:
    bound = platform.service("e-license", migrated=False).settings(ELicense, issuer=identity.url)
    trust_of(bound).revocations.__init__()  # type: ignore[misc]
    trust_of(bound).revocations.introspect = alive
    identity.honest()
    async with browser(made(bound, publisher), bound) as client:
        yield client


async def test_a_page_above_the_level_leads_to_a_step_up_and_back(
    client: httpx.AsyncClient, identity: FakeIdentity
) -> None:
    await sign_in(client, identity)
    assert (await client.get("/mine", headers=PAGE)).status_code == 200
    away = await client.get("/high", headers=PAGE)
    assert away.headers["location"] == "/sign-in?next=%2Fhigh&level=2"
    asked = parse_qs(urlsplit((await client.get(away.headers["location"])).headers["location"]).query)
    assert asked["acr_values"] == ["2"]
    identity.cheat_access_token["acr"] = "2"
    landed = await client.get(await callback_address(client, "/high", level=2))
    assert landed.headers["location"] == "/high"
    assert (await client.get("/high", headers=PAGE)).text == "in"


async def test_an_answer_below_the_level_that_was_asked_for_signs_nobody_in(
    client: httpx.AsyncClient, identity: FakeIdentity
) -> None:
    landed = await client.get(await callback_address(client, "/high", level=2))
    assert (landed.status_code, landed.json()["code"]) == (400, "PLATFORM_SIGN_IN_FAILED")
    assert (await client.get("/mine", headers=PAGE)).status_code == 303


async def test_rest_says_what_is_missing(
    platform: TestPlatform, publisher: Database, identity_tokens: TokenIssuer
) -> None:
    bound = platform.service("e-license", migrated=False).settings(ELicense, issuer=identity_tokens.url)
    trust_of(bound).revocations.introspect = alive
    async with browser(made(bound, publisher), bound) as client:
        weak = identity_tokens.bearer("e-license", "officer", acr=2)
        assert (await client.get("/v1/low", headers=weak)).status_code == 200
        refused = await client.get("/v1/high", headers=weak)
        assert (refused.status_code, refused.json()["code"]) == (401, "PLATFORM_LEVEL_TOO_LOW")
        challenge = 'Bearer realm="pingshan", error="insufficient_user_authentication", acr_values="3"'
        assert refused.headers["www-authenticate"].startswith(challenge)
        strong = identity_tokens.bearer("e-license", "officer", acr=3)
        assert (await client.get("/v1/high", headers=strong)).status_code == 200
        public = identity_tokens.bearer("e-license", "officer", acr=1, realm="public")
        assert (await client.get("/v1/high", headers=public)).status_code == 200, "the public has no levels"


def test_an_rpc_says_what_is_missing() -> None:
    staff = Actor(kind=ActorKind.PERSON, person_id="p", realm="staff", roles=frozenset({"officer"}), acr=1)
    with serving(staff, 1):
        assert require("officer", level=1) is staff
        with pytest.raises(LevelTooLow):
            require("officer", level=2)
        with pytest.raises(Forbidden):
            require("judge")
