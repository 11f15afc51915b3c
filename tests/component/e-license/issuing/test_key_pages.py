"""The page of the signing keys, and what anybody may read of them."""

import asyncio
import re

from pingshan_values.actor import Actor, ActorKind

from tests.support.e_license.orders import issuer_of
from tests.support.e_license.service import RunningService


def operator(acr: int = 2) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        person_id="operator",
        name="陈立",
        realm="staff",
        organisation="data",
        roles=frozenset({"operator"}),
        acr=acr,
    )


async def test_replaced_and_revoked(running: RunningService) -> None:
    async with running.pages(operator()) as browser:
        html = (await browser.get("/keys")).text
        kid = re.findall(r'action="/keys/([\w-]+)/replace"', html)[0]
        assert (await browser.post(f"/keys/{kid}/replace")).headers["location"] == "/keys"
        html = (await browser.get("/keys")).text
        assert f'action="/keys/{kid}/replace"' not in html
        wrong = await browser.post(f"/keys/{kid}/revoke", since="2999-01-01T00:00", reason="compromised")
        assert wrong.status_code == 422
        assert "作废时间不能晚于现在" in wrong.text
        for fields in ({"since": "gestern", "reason": "compromised"}, {"reason": "none"}):
            assert (await browser.post(f"/keys/{kid}/revoke", **fields)).status_code == 422
        done = await browser.post(f"/keys/{kid}/revoke", since="2026-11-01T08:00", reason="compromised")
        assert done.status_code == 303
        html = (await browser.get("/keys?language=en")).text
        assert "Somebody else may have the key" in html
        assert "2026-11-01 08:00" in html
        again = await browser.post(f"/keys/{kid}/revoke", reason="compromised")
        assert again.status_code == 422
        assert (await browser.post("/keys/none/revoke", reason="compromised")).status_code == 404
    await asyncio.sleep(1.1)
    async with running.http() as rest:
        history = {each["kid"]: each for each in (await rest.get("/v1/issuer-keys")).json()["keys"]}
        assert history[kid]["revoked"]["reason"] == "compromised"
        assert kid not in {each["kid"] for each in (await rest.get("/jwks")).json()["keys"]}
        assert all("d" not in each for each in history.values())


async def test_who_may(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        assert (await browser.get("/keys")).status_code == 403
        assert 'href="/keys"' not in (await browser.get("/")).text
    async with running.pages(operator(acr=1)) as browser:
        html = (await browser.get("/keys")).text
        kid = re.findall(r'action="/keys/([\w-]+)/replace"', html)[0]
        answer = await browser.post(f"/keys/{kid}/replace")
        assert "/sign-in" in answer.headers["location"]
