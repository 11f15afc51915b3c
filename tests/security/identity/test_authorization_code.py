"""A code is good once, for one client, one address, one verifier, for 60 s."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import httpx
import pytest

from tests.support.identity.parties import Attempt, Identity, answer_of
from tests.support.platform import TestPlatform


def userinfo(identity: Identity, access_token: str) -> httpx.Response:
    return httpx.get(f"{identity.url}/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def refused(response: httpx.Response, error: str = "invalid_grant") -> None:
    assert response.status_code == 400, response.text
    assert response.json()["error"] == error
    assert response.json()["error_description"]


def test_a_code_that_comes_twice_ends_the_whole_grant(identity: Identity) -> None:
    page, party, attempt = identity.signed_in("fire01"), identity.district("oa"), Attempt()
    code = identity.code(page, party, attempt)
    first = party.redeem(code, attempt)
    assert first.status_code == 200
    access_token = first.json()["access_token"]
    assert userinfo(identity, access_token).status_code == 200
    refused(party.redeem(code, attempt))
    assert userinfo(identity, access_token).status_code == 401
    assert "code" in answer_of(page.get(party.authorize_path(Attempt())))  # the person need not sign in again


def test_the_tokens_of_a_replayed_code_die_where_they_are_checked_offline(identity: Identity) -> None:
    page, party, attempt = identity.signed_in("fire01"), identity.district("oa"), Attempt()
    code = identity.code(page, party, attempt)
    answer = party.redeem(code, attempt, audience="identity")
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert httpx.get(f"{identity.url}/v1/me", headers=bearer).status_code == 200
    refused(party.redeem(code, attempt, audience="identity"))
    begun = time.monotonic()
    while httpx.get(f"{identity.url}/v1/me", headers=bearer).status_code == 200:
        assert time.monotonic() - begun < 10
        time.sleep(0.05)


def test_of_concurrent_redemptions_exactly_one_wins(identity: Identity) -> None:
    for _ in range(3):
        page, party, attempt = identity.signed_in("urban01"), identity.district("oa"), Attempt()
        code = identity.code(page, party, attempt)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(party.redeem, [code] * 8, [attempt] * 8))
        assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7


def test_a_code_of_another_client_is_refused_and_stays_good_for_its_own(identity: Identity) -> None:
    page, party, thief, attempt = identity.signed_in(), identity.district("oa"), identity.district("mail"), Attempt()
    code = identity.code(page, party, attempt)
    refused(thief.redeem(code, attempt))
    refused(thief.redeem(code, attempt, redirect_uri=party.redirect_uri))
    assert party.redeem(code, attempt).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"redirect_uri": "https://attacker.example/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"audience": "alerts"}, "invalid_target"),
    ],
)
def test_another_address_or_verifier_is_refused(identity: Identity, changed: dict[str, Any], error: str) -> None:
    page, party, attempt = identity.signed_in(), identity.district("oa"), Attempt()
    refused(party.redeem(identity.code(page, party, attempt), attempt, **changed), error)


async def test_a_code_lives_60_seconds(identity: Identity, platform: TestPlatform) -> None:
    page, party, attempt = identity.signed_in(), identity.district("oa"), Attempt()
    code = identity.code(page, party, attempt)
    database = await asyncpg.connect(platform.database_admin_url("identity"))
    try:
        longest = await database.fetchval("SELECT max(expires_at) - now() FROM authorization_code")
        assert longest.total_seconds() <= 60
        await database.execute("UPDATE authorization_code SET expires_at = now() - interval '1 second'")
    finally:
        await database.close()
    refused(party.redeem(code, attempt))


def test_a_code_dies_with_the_session(identity: Identity) -> None:
    page, party, attempt = identity.signed_in("hr01"), identity.district("oa"), Attempt()
    code = identity.code(page, party, attempt)
    id_token = identity.tokens(page, identity.district("mail"))["id_token"]
    httpx.post(f"{identity.url}/end-session", data={"id_token_hint": id_token})
    refused(party.redeem(code, attempt))


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:example:own"])
def test_other_grants_do_not_exist(identity: Identity, grant_type: str) -> None:
    form: dict[str, str | None] = {"grant_type": grant_type, "username": "water01", "password": "x"}
    refused(identity.district("oa").token(form), "unsupported_grant_type")


def test_each_client_has_only_its_own_grant(identity: Identity) -> None:
    refused(identity.district("oa").token({"grant_type": "client_credentials"}), "unauthorized_client")
    refused(identity.machine().redeem("code", Attempt(), redirect_uri="http://localhost/"), "unauthorized_client")
    refused(identity.machine().token({"grant_type": "client_credentials"}), "invalid_target")
    form: dict[str, str | None] = {"grant_type": "client_credentials", "audience": "workflow"}
    refused(identity.machine().token(form), "invalid_target")


def test_the_token_endpoint_takes_forms_only(identity: Identity) -> None:
    address = f"{identity.url}/token"
    refused(httpx.post(address, json={"grant_type": "authorization_code"}), "invalid_request")
    refused(httpx.post(address, content=b"\xff\xfe", headers={"Content-Type": "application/x-www-form-urlencoded"}),
            "invalid_request")  # fmt: skip
    assert httpx.get(address).status_code in {404, 405}
