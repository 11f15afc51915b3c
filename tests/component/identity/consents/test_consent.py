"""A third party is told what the person agreed to, for as long as they agree."""

import asyncio
import re
import time
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest

from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of, csrf_of, shown_of
from tests.support.platform import BoundService

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = ["openid", "profile", "phone"]


@pytest.fixture(scope="module")
async def third(identity: Identity, bound_identity: BoundService) -> RelyingParty:
    assert identity.url
    return await add_client(
        bound_identity,
        "third",
        third_party=True,
        scopes=SCOPES,
        realms=["staff", "public"],
        grant_types=["authorization_code", DEVICE],
    )


def asked(page: Browser, address: str) -> str:
    """The address of the question that a request leads to."""
    answer = page.get(address)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/consent?"), answer.headers["location"]
    return str(answer.headers["location"])


def decide(page: Browser, question: str, decision: str) -> httpx.Response:
    shown = page.get(question)
    assert shown.status_code == 200, shown.text
    form = {"csrf_token": csrf_of(shown), "shown": shown_of(shown), "decision": decision}
    return page.post(question, form)


def agreed(page: Browser, address: str) -> dict[str, str]:
    return answer_of(page.get(decide(page, asked(page, address), "allow").headers["location"]))


def userinfo(identity: Identity, tokens: dict[str, Any]) -> httpx.Response:
    return httpx.get(f"{identity.url}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})


def test_a_person_is_asked_once_and_again_for_more(identity: Identity, third: RelyingParty) -> None:
    page, attempt = identity.signed_in("water01"), Attempt()
    question = asked(page, third.authorize_path(attempt))
    shown = page.get(question)
    assert "测试系统 third" in shown.text
    assert "https://rp.example" in shown.text
    assert "手机号码" not in shown.text
    answer = answer_of(page.get(decide(page, question, "allow").headers["location"]))
    assert answer["state"] == attempt.state
    tokens = third.redeem(answer["code"], attempt).json()
    told = userinfo(identity, tokens).json()
    assert told["name"]
    assert told.keys().isdisjoint({"phone_number", "act_for"})
    assert "code" in answer_of(page.get(third.authorize_path(Attempt())))

    more = asked(page, third.authorize_path(Attempt(), scope="openid profile phone"))
    assert "手机号码" in page.get(more).text
    again = Attempt()
    answer = agreed(page, third.authorize_path(again, scope="openid profile phone"))
    tokens = third.redeem(answer["code"], again).json()
    assert re.fullmatch(r"\+86\d{11}", userinfo(identity, tokens).json()["phone_number"])
    assert "phone_number" not in third.read(tokens["id_token"])


def test_single_claims_are_asked_about_as_well(identity: Identity, third: RelyingParty) -> None:
    page = identity.signed_in("fire01")
    agreed(page, third.authorize_path(Attempt()))
    claims = '{"userinfo": {"phone_number": null}}'
    assert "手机号码" in page.get(asked(page, third.authorize_path(Attempt(), claims=claims))).text


def test_prompt_consent_asks_again_and_prompt_none_never(identity: Identity, third: RelyingParty) -> None:
    page = identity.signed_in("hr01")
    sent = answer_of(page.get(third.authorize_path(Attempt(), prompt="none")))
    assert sent["error"] == "consent_required"
    assert "code" in agreed(page, third.authorize_path(Attempt()))
    assert "code" in answer_of(page.get(third.authorize_path(Attempt(), prompt="none")))
    assert "code" in agreed(page, third.authorize_path(Attempt(), prompt="consent"))


def test_consent_is_asked_after_the_sign_in(identity: Identity, third: RelyingParty) -> None:
    page, attempt = identity.browser(), Attempt()
    needed = page.get(third.authorize_path(attempt, prompt="login consent"))
    signed_in = identity.sign_in(page, "urban01", answer_of(needed)["continue"])
    assert "code" in agreed(page, signed_in.headers["location"])


def test_a_refusal_goes_to_the_client_and_is_not_remembered(identity: Identity, third: RelyingParty) -> None:
    page, attempt = identity.signed_in("drc01"), Attempt()
    question = asked(page, third.authorize_path(attempt))
    sent = answer_of(decide(page, question, "refuse"))
    assert (sent["error"], sent["state"], sent["iss"]) == ("access_denied", attempt.state, identity.url)
    assert "code" not in sent
    assert page.get(question).status_code == 400
    asked(page, third.authorize_path(Attempt()))


def test_somebody_elses_question_is_not_answered(identity: Identity, third: RelyingParty) -> None:
    page, thief = identity.signed_in("ecology01"), identity.signed_in("health01")
    question = asked(page, third.authorize_path(Attempt()))
    assert thief.get(question).status_code == 400
    form = {"csrf_token": csrf_of(thief.get("/account")), "decision": "allow"}
    assert thief.post(question, form).status_code == 400
    assert page.post(question, {"decision": "allow"}).status_code == 403
    nobody = identity.browser()
    assert nobody.get(question).status_code == 400
    assert page.get("/consent?client_id=third&request_uri=urn:ietf:params:oauth:request_uri:x").status_code == 400
    assert decide(page, question, "allow").status_code == 303
    for nul in ("/consent?client_id=third%00&request_uri=x", "/consent?client_id=third&request_uri=%00"):
        assert page.get(nul).status_code == 400


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name_zh", "深圳税务局"),
        ("name_en", "Tax bureau"),
        ("owner", "drc"),
        ("redirect_uris", ["https://rp.example/callback", "https://other.example/callback"]),
    ],
)
def test_a_person_is_asked_again_once_the_client_has_changed(
    identity: Identity, third: RelyingParty, column: str, value: object
) -> None:
    page = identity.signed_in("water01")
    decide(page, asked(page, third.authorize_path(Attempt(), prompt="consent")), "allow")
    assert "code" in answer_of(page.get(third.authorize_path(Attempt())))
    [before] = identity.execute(f"SELECT {column} FROM client WHERE client_id = 'third'")
    identity.execute(f"UPDATE client SET {column} = $1 WHERE client_id = 'third'", value)
    assert answer_of(page.get(third.authorize_path(Attempt(), prompt="none")))["error"] == "consent_required"
    assert "code" in agreed(page, third.authorize_path(Attempt()))
    assert "code" in answer_of(page.get(third.authorize_path(Attempt())))
    identity.execute(f"UPDATE client SET {column} = $1 WHERE client_id = 'third'", before[0])


def test_a_change_while_the_person_reads_is_shown_first(identity: Identity, third: RelyingParty) -> None:
    page = identity.signed_in("fire01")
    question = asked(page, third.authorize_path(Attempt(), prompt="consent"))
    seen = page.get(question)
    identity.execute("UPDATE client SET name_zh = '深圳税务局' WHERE client_id = 'third'")
    form = {"csrf_token": csrf_of(seen), "shown": shown_of(seen), "decision": "allow"}
    again = page.post(question, form)
    assert again.headers["location"] == question
    assert "深圳税务局" in page.get(question).text
    assert "code" in answer_of(page.get(decide(page, question, "allow").headers["location"]))
    identity.execute("UPDATE client SET name_zh = '测试系统 third' WHERE client_id = 'third'")


def test_a_slow_decision_after_the_sign_in_asks_for_no_second_one(identity: Identity, third: RelyingParty) -> None:
    page = identity.browser()
    needed = page.get(third.authorize_path(Attempt(), prompt="login consent"))
    begun = re.sub(r"signed_in_since=\d+", f"signed_in_since={int(time.time()) - 600}", answer_of(needed)["continue"])
    assert begun != answer_of(needed)["continue"]
    signed_in = identity.sign_in(page, "health01", begun)
    question = asked(page, signed_in.headers["location"])
    identity.execute("UPDATE sso_session SET auth_time = now() - interval '5 minutes'")
    assert "code" in answer_of(page.get(decide(page, question, "allow").headers["location"]))
    assert "/sign-in" in page.get(third.authorize_path(Attempt(), prompt="login")).headers["location"]


def test_a_device_is_let_in_by_somebody_whose_name_is_proven(identity: Identity, third: RelyingParty) -> None:
    identity.execute("UPDATE client SET required_real_name_level = 2 WHERE client_id = 'third'")
    page = identity.signed_in("+8613800000004")
    latest = "SELECT person_id FROM sso_session ORDER BY started_at DESC LIMIT 1"
    level = f"UPDATE person SET real_name_level = $1 WHERE person_id = ({latest})"
    identity.execute(level, 1)
    begun = third.token({"scope": "openid"}, "/device_authorization").json()
    here = f"/device?user_code={begun['user_code']}"
    sent = page.get(here)
    assert sent.headers["location"] == f"/account/upstreams?{urlencode({'continue': here})}"
    assert "要进入的系统需要实名" in page.get(sent.headers["location"]).text
    form = {"csrf_token": csrf_of(page.get("/account/consents")), "user_code": begun["user_code"], "decision": "allow"}
    refused = page.post("/device/decide", form)
    assert refused.status_code == 403
    assert "IDENTITY_REAL_NAME_TOO_LOW" in refused.text
    poll = {"grant_type": DEVICE, "device_code": begun["device_code"]}
    assert third.token(poll).json()["error"] == "authorization_pending"
    identity.execute(level, 2)
    shown = page.get(here)
    form |= {"csrf_token": csrf_of(shown), "shown": shown_of(shown)}
    assert page.post("/device/decide", form).headers["location"] == "/device/done?allowed=true"
    identity.execute("UPDATE client SET required_real_name_level = 0 WHERE client_id = 'third'")


def test_systems_of_the_government_are_not_asked_about(identity: Identity) -> None:
    page = identity.signed_in("water01")
    assert "code" in answer_of(page.get(identity.district("oa").authorize_path(Attempt(), prompt="consent")))


def test_letting_a_third_partys_device_in_is_a_consent(identity: Identity, third: RelyingParty) -> None:
    page = identity.signed_in("culture01")
    begun = third.token({"scope": "openid profile"}, "/device_authorization").json()
    shown = page.get(f"/device?user_code={begun['user_code']}")
    assert "不是政府的系统" in shown.text
    form = {"csrf_token": csrf_of(shown), "user_code": begun["user_code"], "decision": "allow"}
    assert page.post("/device/decide", form).headers["location"] == f"/device?user_code={begun['user_code']}"
    form["shown"] = shown_of(shown)
    assert page.post("/device/decide", form).headers["location"] == "/device/done?allowed=true"
    tokens = third.token({"grant_type": DEVICE, "device_code": begun["device_code"]}).json()
    assert userinfo(identity, tokens).status_code == 200
    listed = page.get("/account/consents")
    assert "您的基本信息" in listed.text
    page.post("/account/consents/withdraw", {"csrf_token": csrf_of(listed), "client_id": "third"})
    assert userinfo(identity, tokens).status_code == 401


async def test_a_bureaus_own_system_is_not_called_a_strangers(
    identity: Identity, bound_identity: BoundService, third: RelyingParty
) -> None:
    """Who registered it is what is known of it: the organisation that its token was made for."""
    grants = ["authorization_code", DEVICE]
    own = await add_client(
        bound_identity, "by-itself", third_party=True, initial_token_hash=b"h" * 32, owner="urban", grant_types=grants
    )
    page = identity.signed_in("urban01")
    begun = own.token({"scope": "openid profile"}, "/device_authorization").json()
    [owner] = identity.execute("SELECT name_zh, name_en FROM organisation WHERE code = 'urban'")
    for address in (
        page.get(own.authorize_path(Attempt())).headers["location"],
        f"/device?user_code={begun['user_code']}",
    ):
        shown = page.get(address).text
        assert f"用{owner['name_zh']}领取的凭证自己登记" in shown
        assert "不是政府的系统" not in shown
        assert f"a token that {owner['name_en']} was given" in page.get(f"{address}&language=en").text
        page.get(f"{address}&language=zh-Hans")
    stranger = page.get(page.get(third.authorize_path(Attempt(), prompt="consent")).headers["location"]).text
    assert "不是政府的系统" in stranger
    assert "自己登记" not in stranger


def test_a_name_that_no_text_can_hold_asks_and_withdraws_nothing(identity: Identity, third: RelyingParty) -> None:
    page = identity.signed_in("water01")
    question = asked(page, third.authorize_path(Attempt()) + "&prompt=consent")
    decide(page, question, "allow")
    assert page.get("/consent?client_id=third%00&request_uri=x").status_code == 400
    listed = page.get("/account/consents")
    page.post("/account/consents/withdraw", {"csrf_token": csrf_of(listed), "client_id": "third\0"})
    assert "测试系统 third" in page.get("/account/consents").text


def test_a_person_sees_and_withdraws(identity: Identity, third: RelyingParty) -> None:
    page, attempt = identity.signed_in("+8613800000003"), Attempt()
    assert "还没有同意过" in page.get("/account/consents").text
    answer = agreed(page, third.authorize_path(attempt))
    tokens = third.redeem(answer["code"], attempt, audience="identity").json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert httpx.get(f"{identity.url}/v1/me", headers=bearer).status_code == 200
    listed = page.get("/account/consents")
    assert "测试系统 third" in listed.text
    gone = page.post("/account/consents/withdraw", {"csrf_token": csrf_of(listed), "client_id": "third"})
    assert gone.status_code == 303
    assert "还没有同意过" in page.get("/account/consents").text
    assert "撤回同意" in page.get("/sign-in-record").text
    assert userinfo(identity, tokens).status_code == 401
    begun = time.monotonic()
    while httpx.get(f"{identity.url}/v1/me", headers=bearer).status_code == 200:
        assert time.monotonic() - begun < 10
        time.sleep(0.05)
    asked(page, third.authorize_path(Attempt()))


async def test_a_code_that_is_made_while_its_consent_is_withdrawn_opens_nothing(
    identity: Identity, third: RelyingParty
) -> None:
    page, attempt = await asyncio.to_thread(identity.signed_in, "planning01"), Attempt()
    await asyncio.to_thread(agreed, page, third.authorize_path(Attempt()))
    other = await asyncio.to_thread(identity.signed_in, "planning01")
    listed = await asyncio.to_thread(other.get, "/account/consents")
    database = await asyncpg.connect(identity.database_url)
    try:
        async with database.transaction():
            await database.execute("SELECT 1 FROM client WHERE client_id = 'third' FOR UPDATE")
            sent = asyncio.create_task(asyncio.to_thread(page.get, third.authorize_path(attempt)))
            await asyncio.wait([sent], timeout=1)
            assert not sent.done(), "the code is being written"
            form = {"csrf_token": csrf_of(listed), "client_id": "third"}
            gone = await asyncio.to_thread(other.post, "/account/consents/withdraw", form)
            assert gone.status_code == 303
    finally:
        await database.close()
    answer = answer_of(await sent)
    assert third.redeem(answer["code"], attempt).json()["error"] == "invalid_grant"


def test_its_own_access_token_tells_a_third_party_no_more_than_the_person_agreed_to(
    identity: Identity, third: RelyingParty
) -> None:
    """A token is signed, not sealed: whoever holds it reads it."""
    decisive = {"realm", "org", "posts", "roles", "act_for"}
    for login, scope, told in (
        ("fire01", "openid", set()),
        ("hall01", "openid profile", {"realm", "org", "posts", "roles"}),
        ("+8613800000001", "openid profile", {"realm", "posts", "roles"}),
    ):
        page, attempt = identity.signed_in(login), Attempt()
        code = agreed(page, third.authorize_path(attempt, scope=scope))["code"]
        tokens = third.redeem(code, attempt).json()
        assert third.read(tokens["access_token"]).keys() & decisive == told, login


async def test_the_third_partys_own_pages_are_shown_with_their_hosts_and_its_logo_is_not(
    identity: Identity, bound_identity: BoundService
) -> None:
    """A logo would tell its host who is asked, and might be the district's arms."""
    uris = {name: f"https://{name}.example/x" for name in ("logo_uri", "policy_uri", "tos_uri", "client_uri")}
    party = await add_client(bound_identity, "paged", third_party=True, scopes=SCOPES, **uris)
    page = identity.signed_in("water01")
    text = page.get(asked(page, party.authorize_path(Attempt()))).text
    for name, words in (("policy_uri", "隐私政策"), ("tos_uri", "服务条款"), ("client_uri", "网站")):
        link = f'<a href="{uris[name]}" target="_blank" rel="noopener noreferrer">{words}（{name}.example）</a>'
        assert link in text
    assert "logo_uri" not in text
