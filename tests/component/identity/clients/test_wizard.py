"""The form that connects a system: what it fills in, what it says before it is sent, and how it comes back."""

import html
import re
from typing import Any

import httpx
import pytest

from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Browser, Identity, submit
from tests.support.platform import BoundService

FORM: dict[str, Any] = {
    "name_zh": "公园预约",
    "name_en": "Park booking",
    "owner": "urban",
    "application_type": "web",
    "auth_method": "client_secret_basic",
    "profile": "strict",
    "id_token_alg": "ES256",
    "scopes": ["openid", "profile"],
    "jwks": "",
    "jwks_uri": "",
    "redirect_uris": "https://park.example/callback",
    "post_logout_redirect_uris": "",
    "backchannel_logout_uri": "",
    "launch_uri": "",
    "required_level": "2",
    "open_to": ["*"],
    "reason": "新系统",
}
TOKEN = {"kind": "open-registration", "owner": "water", "uses": "1", "days": "7", "profile": "strict", "reason": "柜"}


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def security(identity: Identity) -> Browser:
    return identity.signed_in("secadmin01")


def connect(system: Browser, client_id: str, **changed: Any) -> httpx.Response:
    return submit(system, "/admin/connect", FORM | {"client_id": client_id} | changed, at="/admin/connect")


def shown(page: Browser, path: str) -> str:
    return html.unescape(page.get(path).text)


def approve(security: Browser, change: str) -> None:
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303


def faults(answer: httpx.Response) -> set[str]:
    """Ids of the fields to which the summary leads."""
    summary = answer.text.partition('id="error-summary"')[2].partition("</div>")[0]
    return set(re.findall(r'href="#([^"]+)"', summary))


@pytest.mark.parametrize("said", [{"open_to": []}, {"open_to": ["water"], "open_to_nobody": "true"}])
def test_a_system_that_nobody_could_open_is_not_sent_by_oversight(
    identity: Identity, system: Browser, said: dict[str, Any]
) -> None:
    answer = connect(system, "nobodys", **said)
    assert (answer.status_code, faults(answer)) == (422, {"open_to"})
    assert "没有选择单位，批准后谁也打不开这个系统" in html.unescape(answer.text)
    assert answer.text.count('id="open_to-error"') == 1
    assert 'value="公园预约"' in answer.text
    assert not identity.execute("SELECT 1 FROM change_request WHERE subject = 'client:nobodys'")


def test_a_system_that_is_open_to_nobody_yet_says_so_until_it_is_opened(system: Browser, security: Browser) -> None:
    change = connect(system, "not-yet", open_to=[], open_to_nobody="true").headers["location"]
    for page in (system, security):
        text = shown(page, change)
        assert "没有单位：谁也打不开" in text
        assert "批准后谁也打不开这个系统" in text
    approve(security, change)
    assert "批准后谁也打不开这个系统" not in shown(security, change)
    at = "/admin/clients/not-yet"
    text = shown(system, at)
    assert "没有单位：谁也打不开" in text
    assert re.search(r'name="open_to_nobody" value="true" checked', text)
    silent = submit(system, f"{at}/change", FORM | {"open_to": []}, at=at)
    assert (silent.status_code, faults(silent)) == (422, {"open_to"})
    opened = submit(system, f"{at}/change", FORM | {"open_to": ["water"]}, at=at).headers["location"]
    assert "批准后谁也打不开这个系统" not in shown(security, opened)
    approve(security, opened)
    assert "没有单位：谁也打不开" not in shown(system, at)


def test_everything_that_is_wrong_comes_in_one_answer(identity: Identity, system: Browser) -> None:
    answer = connect(
        system,
        "A",
        name_zh=" ",
        name_en="",
        owner="nobody",
        redirect_uris="http://park.example/callback",
        post_logout_redirect_uris="park.example",
        backchannel_logout_uri="https://10.0.0.1/logout",
        jwks="{}",
        jwks_uri="https://10.0.0.1/keys",
        launch_uri="ftp://park.example/",
        required_level="7",
        open_to=[],
        reason=" ",
    )
    assert answer.status_code == 422
    assert faults(answer) == {
        *("client_id", "name_zh", "name_en", "owner", "jwks", "jwks_uri", "redirect_uris", "post_logout_redirect_uris"),
        *("backchannel_logout_uri", "launch_uri", "required_level", "open_to", "reason"),
    }
    for field in faults(answer):
        assert answer.text.count(f'id="{field}"') == 1, field
        assert answer.text.count(f'id="{field}-error"') == 1, field
    assert not identity.execute("SELECT 1 FROM change_request WHERE subject = 'client:a'")
    only_reason = connect(system, "reasonless", reason=" ")
    assert (only_reason.status_code, 'id="reason-error"' in only_reason.text) == (422, True)


def test_a_change_of_a_system_says_everything_too(system: Browser) -> None:
    at = "/admin/clients/mail"
    wrong = {"redirect_uris": "x", "launch_uri": "y", "open_to": [], "reason": ""}
    answer = submit(system, f"{at}/change", FORM | wrong, at=at)
    assert (answer.status_code, faults(answer)) == (422, {"redirect_uris", "launch_uri", "open_to", "reason"})


def test_what_a_system_may_learn_is_what_was_chosen_each_once(
    identity: Identity, system: Browser, security: Browser
) -> None:
    """Refresh tokens are nobody's wish unless somebody ticks it."""
    form = shown(system, "/admin/connect")
    assert re.search(r'name="scopes" value="profile" checked', form)
    assert re.search(r'type="checkbox" name="scopes" value="offline_access">', form)
    change = connect(system, "modest").headers["location"]
    answers = shown(security, change).partition("<dl")[2].partition("</dl>")[0]
    assert "人员编号（openid）、姓名、登录名、单位和岗位（profile）" in answers
    for word in ("offline_access", "refresh_token", "openid、", "授权方式", "授权范围"):
        assert word not in answers
    assert answers.count("openid") == 1
    approve(security, change)
    [row] = identity.execute("SELECT scopes, grant_types FROM client WHERE client_id = 'modest'")
    assert (row["scopes"], row["grant_types"]) == (["openid", "profile"], ["authorization_code"])
    at = "/admin/clients/modest"
    offline = FORM | {"scopes": ["openid", "profile", "offline_access"]}
    approve(security, submit(system, f"{at}/change", offline, at=at).headers["location"])
    [row] = identity.execute("SELECT scopes, grant_types FROM client WHERE client_id = 'modest'")
    assert row["grant_types"] == ["authorization_code", "refresh_token"]
    approve(security, submit(system, f"{at}/change", FORM, at=at).headers["location"])
    [row] = identity.execute("SELECT scopes, grant_types FROM client WHERE client_id = 'modest'")
    assert (row["scopes"], row["grant_types"]) == (["openid", "profile"], ["authorization_code"])


def test_who_withdraws_a_proposal_approves_nothing(system: Browser) -> None:
    change = connect(system, "withdrawn").headers["location"]
    assert submit(system, f"{change}/decide", {"decision": "withdrawn"}, at=change).status_code == 303
    text = shown(system, change)
    assert "撤回人" in text
    assert "撤回时间" in text
    for word in ("审批人", "审批时间", "审批意见", "审批结果"):
        assert word not in text


def test_who_has_lost_a_secret_reads_where_to_get_another(system: Browser, security: Browser) -> None:
    change = connect(system, "forgetful").headers["location"]
    hint = "密钥只显示一次"
    approve(security, change)
    assert hint not in shown(system, change), "it waits to be shown"
    at_once = html.unescape(submit(system, f"{change}/outcome", {}, at=change).text)
    assert hint in at_once
    [where] = re.findall(r'href="(/admin/clients/forgetful#[^"]*)"', shown(system, change))
    page, _, anchor = where.partition("#")
    folded = shown(system, page).partition(f'id="{anchor}"')[0].rpartition("<details")[2]
    assert "更换系统密钥" in folded
    keyed = (
        '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a"}]}'
    )
    secretless = connect(system, "keyed", auth_method="private_key_jwt", jwks=keyed).headers["location"]
    approve(security, secretless)
    assert hint not in shown(system, secretless)


def test_a_lost_initial_access_token_is_replaced_too(system: Browser, security: Browser) -> None:
    change = submit(system, "/admin/changes/propose", TOKEN, at="/admin/connect").headers["location"]
    approve(security, change)
    submit(system, f"{change}/outcome", {}, at=change)
    assert "令牌只显示一次" in shown(system, change)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"uses": "0"}, {"uses"}),
        ({"uses": "many", "days": "x"}, {"uses", "days"}),
        (
            {"uses": "101", "days": "31", "owner": "nobody", "reason": ""},
            {"uses", "days", "token-owner", "token-reason"},
        ),
        ({"profile": "lax"}, {"token-profile"}),
    ],
)
def test_a_refused_form_for_an_initial_access_token_comes_back_as_it_was_typed(
    system: Browser, changed: dict[str, str], wrong: set[str]
) -> None:
    typed = TOKEN | {"owner": "urban", "days": "9", "reason": "快递柜登记"} | changed
    answer = submit(system, "/admin/changes/propose", typed, at="/admin/connect")
    assert (answer.status_code, faults(answer)) == (422, wrong)
    wizard, _, token = answer.text.partition('action="/admin/changes/propose"')
    assert "aria-invalid" not in wizard
    assert "field-error" not in wizard
    for field in wrong:
        assert f'id="{field}-error"' in token
    for name in ("uses", "days", "reason"):
        assert f'value="{typed[name]}"' in token
    if typed["owner"] != "nobody":
        assert '<option value="urban" selected>' in token


def test_the_software_that_is_chosen_fills_in_what_it_needs(system: Browser) -> None:
    text = shown(system, "/admin/connect")
    assert "ASP.NET Core、Passport (passport-openidconnect) 不接受默认的 client_secret_basic" in text
    assert '<option value="client_secret_basic" selected>' in text
    chosen = shown(system, "/admin/connect?software=aspnet-core")
    assert "已按 ASP.NET Core 预填" in chosen
    assert '<option value="client_secret_post" selected>' in chosen
    assert "https://…/signin-oidc" in chosen
    assert "不接受默认的 client_secret_basic" not in chosen
    old = shown(system, "/admin/connect?software=passport-openidconnect")
    assert re.search(r'name="profile" value="compatible" checked', old)
    refused = html.unescape(connect(system, "x", software="aspnet-core", auth_method="client_secret_post").text)
    assert "已按 ASP.NET Core 预填" in refused, "also on the form that comes back"
    assert "预填。" not in shown(system, "/admin/connect?software=%3Cnothing")


def test_a_name_that_does_not_resolve_yet_is_said_and_not_refused(system: Browser, security: Browser) -> None:
    where = {"backchannel_logout_uri": "https://later.pingshan.invalid/logout"}
    change = connect(system, "later", **where).headers["location"]
    for page in (system, security):
        assert "现在查不到主机名 later.pingshan.invalid" in shown(page, change)
    approve(security, change)
    assert "现在查不到主机名" not in shown(security, change)
    there = connect(system, "there", backchannel_logout_uri="http://localhost:9/logout").headers["location"]
    assert "现在查不到主机名" not in shown(security, there)


async def test_a_third_party_is_marked_beside_its_name(bound_identity: BoundService, security: Browser) -> None:
    await add_client(bound_identity, "somebodys", third_party=True)
    row = shown(security, "/admin/clients?q=somebodys").partition('href="/admin/clients/somebodys"')[2]
    name, *others = row.partition("</tr>")[0].split("<td")
    assert "第三方" in name
    assert "第三方" not in "".join(others)
    assert "使用中" in others[-1]


@pytest.mark.parametrize(
    ("path", "typed", "wrong"),
    [
        (
            "powers",
            {"power": "auditor", "power_since": "x", "power_until": "y"},
            {"power_since", "power_until", "power-reason"},
        ),
        ("deputies", {"deputy": "water01", "deputy_since": "x", "deputy_until": ""}, {"deputy_since", "deputy_until"}),
        ("move", {"organisation": "nobody", "since": "x", "until": "y"}, {"organisation", "posts", "since", "until"}),
    ],
)
def test_forms_about_people_say_everything_at_once(
    identity: Identity, system: Browser, path: str, typed: dict[str, str], wrong: set[str]
) -> None:
    [row] = identity.execute("SELECT person_id, version FROM person WHERE login_name = 'water01'")
    here = f"/admin/people/{row['person_id']}"
    form = {"version": str(row["version"]), "reason": ""} if path != "deputies" else {}
    answer = submit(system, f"{here}/{path}", form | typed, at=here)
    assert answer.status_code == 422
    assert faults(answer) - {"reason"} == wrong
    for field in wrong:
        assert answer.text.count(f'id="{field}"') == 1, field


def test_joining_says_everything_at_once(system: Browser) -> None:
    typed = {"login_name": "?", "name": "", "organisation": "", "mobile_number": "1", "since": "x", "until": "y"}
    answer = submit(system, "/admin/people/new", typed)
    assert answer.status_code == 422
    assert faults(answer) == {*typed, "posts"}
