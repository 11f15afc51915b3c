"""Who decides a change sees everything that an approval applies, and nothing that it does not."""

import html
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pingshan_identity.domain.clients.client_settings import CHANGEABLE
from pingshan_identity.domain.dual_control.change_request import ChangeKind, deciders
from pingshan_identity.domain.dual_control.proposal import details_of_move
from pingshan_identity.domain.people.staff_form import StaffForm
from pingshan_identity.entrypoints.clients.client_form import settings_of
from pingshan_kit import clock
from starlette.datastructures import FormData

from tests.support.identity.parties import Browser, Identity, submit

SOMEBODY, DEPUTY, SECTION = uuid4(), uuid4(), uuid4()
ADMINISTRATORS = {
    "system-administrator": "admin01",
    "security-administrator": "secadmin01",
}
CONNECTED = FormData(
    [
        ("name_zh", "公园预约"),
        ("name_en", "Park booking"),
        ("owner", "urban"),
        ("application_type", "web"),
        ("auth_method", "client_secret_post"),
        ("profile", "compatible"),
        ("id_token_alg", "EdDSA"),
        ("scopes", "openid"),
        ("scopes", "phone"),
        ("jwks", '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "a-public-key", "kid": "a-kid"}]}'),
        ("jwks_uri", "https://park.example/keys"),
        ("redirect_uris", "https://park.example/one\nhttps://park.example/two"),
        ("post_logout_redirect_uris", "https://park.example/left"),
        ("backchannel_logout_uri", "https://park.example/logout"),
        ("launch_uri", "https://park.example/start"),
        ("required_level", "3"),
        ("open_to", "urban"),
        ("open_to", "water"),
    ]
)
MOVE = StaffForm("", "", "health", SECTION, ("officer", "duty-officer"), "", clock.today(), clock.today())
PERSON = {"person_id": str(SOMEBODY)}
TIME = {"since": "2026-12-03", "until": "2026-12-24"}

DETAILS: dict[ChangeKind, dict[str, Any]] = {
    ChangeKind.GIVE_POWER: PERSON | TIME | {"post": "auditor"},
    ChangeKind.END_POWER: PERSON | {"post": "auditor"},
    ChangeKind.MOVE_PERSON: details_of_move(SOMEBODY, MOVE),
    ChangeKind.END_EMPLOYMENT: PERSON | {"on": "2026-12-05"},
    ChangeKind.RECORD_DEPARTURE: PERSON | {"on": "2026-12-06"},
    ChangeKind.CANCEL_LEAVING: PERSON,
    ChangeKind.CANCEL_MOVE: PERSON,
    ChangeKind.APPOINT_DEPUTY: PERSON | TIME | {"post": "officer", "deputy_id": str(DEPUTY)},
    ChangeKind.END_DEPUTY: PERSON | {"post": "officer"},
    ChangeKind.REGISTER_CLIENT: settings_of(CONNECTED, "park-booking"),
    ChangeKind.CHANGE_CLIENT: {name: settings_of(CONNECTED, "mail")[name] for name in ("client_id", *CHANGEABLE)},
    ChangeKind.DISABLE_CLIENT: {"client_id": "mail"},
    ChangeKind.ENABLE_CLIENT: {"client_id": "mail"},
    ChangeKind.ROTATE_SECRET: {"client_id": "mail", "overlap": 13 * 86_400},
    ChangeKind.RESET_PASSWORD: PERSON,
    ChangeKind.RESET_FACTORS: PERSON,
    ChangeKind.ROTATE_KEYS: {"kid": "a-key"},
    ChangeKind.END_SESSIONS: {"organisation": "water"},
    ChangeKind.OPEN_REGISTRATION: {"owner": "water", "uses": 37, "seconds": 11 * 86_400, "profile": "fapi2"},
}
NAMES = {
    "auditor": "审计员",
    "officer": "经办人员",
    "duty-officer": "值班员",
    "health": "（health）",
    "urban": "（urban）",
    "water": "（water）",
    "web": "网站",
    "compatible": "兼容：旧系统可以不用 PKCE",
    "fapi2": "FAPI 2.0：用私钥证明自己",
    "phone": "手机号码（phone）",
    13 * 86_400: "<dd>13 天</dd>",
    3: "L3",
    11 * 86_400: "<dd>11</dd>",
    "mail": "（mail）",
}


@pytest.fixture(scope="module")
def pages(identity: Identity) -> dict[str, Browser]:
    return {role: identity.signed_in(login) for role, login in ADMINISTRATORS.items()}


def kept(identity: Identity, kind: ChangeKind, details: dict[str, Any]) -> str:
    """Address of a proposal that waits."""
    change_id = str(uuid4())
    identity.execute(
        "INSERT INTO change_request (change_id, kind, subject, details, reason, requested_by, requested_at, expires_at)"
        " SELECT $1::uuid, $2, $3, $4::jsonb, '演练', person_id, now(), now() + interval '1 day'"
        " FROM person WHERE login_name = 'audit01'",
        change_id,
        kind.value,
        f"test:{change_id}",
        json.dumps(details),
    )
    return f"/admin/changes/{change_id}"


def shown(pages: dict[str, Browser], kind: ChangeKind, change: str) -> str:
    page = next(page for role, page in pages.items() if role in deciders(kind))
    answer = page.get(change)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_detail_is_shown(identity: Identity, pages: dict[str, Browser], kind: ChangeKind) -> None:
    """One that nobody thought of, too."""
    unforeseen = {} if kind is ChangeKind.CHANGE_CLIENT else {"unforeseen": "x-7-unforeseen"}
    details = DETAILS[kind] | unforeseen
    text = shown(pages, kind, kept(identity, kind, details))
    for name, value in details.items():
        for each in parts(value):
            assert str(NAMES.get(each, each)) in text, (name, each)


def parts(value: Any) -> list[Any]:
    """The smallest parts of a detail, keys of a key set among them."""
    if isinstance(value, dict):
        return [part for each in value.values() for part in parts(each)]
    return [part for each in value for part in parts(each)] if isinstance(value, list) else [value]


def test_a_new_system_is_shown_with_what_every_system_gets(identity: Identity, pages: dict[str, Browser]) -> None:
    kind = ChangeKind.REGISTER_CLIENT
    text = shown(pages, kind, kept(identity, kind, DETAILS[kind]))
    for word in ("client_secret_post", "人员编号（openid）、手机号码（phone）"):
        assert word in text
    of_before = {name: value for name, value in DETAILS[kind].items() if name != "scopes"}
    assert "不在线时继续使用（offline_access）" in shown(pages, kind, kept(identity, kind, of_before))


def test_a_change_shows_what_it_replaces_and_nothing_else(identity: Identity, pages: dict[str, Browser]) -> None:
    """Name and owner, which an approval leaves as they are, cannot be proposed."""
    system, at = pages["system-administrator"], "/admin/clients/mail"
    [before] = identity.execute("SELECT * FROM client WHERE client_id = 'mail'")
    new = "https://mail.example/callback"
    form: dict[str, Any] = {
        "name_zh": "别的名称",
        "owner": "water",
        "redirect_uris": new,
        "post_logout_redirect_uris": "\n".join(before["post_logout_redirect_uris"]),
        "backchannel_logout_uri": before["backchannel_logout_uri"] or "",
        "launch_uri": before["launch_uri"],
        "required_level": str(before["required_level"]),
        "open_to": before["open_to"],
        "auth_method": before["auth_method"],
        "profile": before["profile"],
        "id_token_alg": before["id_token_alg"],
        "scopes": before["scopes"],
        "jwks": "",
        "jwks_uri": "",
        "reason": "换域名",
    }
    change = submit(system, f"{at}/change", form, at=at).headers["location"]
    text = shown(pages, ChangeKind.CHANGE_CLIENT, change)
    assert all(uri in text for uri in (new, *before["redirect_uris"]))
    assert f"{before['name_zh']}（mail）" in text
    answers = text.split("<dl")[1]
    for word in ("别的名称", "（water）", "主管单位", "退出通知地址", "首页地址", "登录强度", "安全要求", "公钥"):
        assert word not in answers, word
    security = pages["security-administrator"]
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    [after] = identity.execute("SELECT * FROM client WHERE client_id = 'mail'")
    changed = {name for name, value in dict(before).items() if after[name] != value}
    assert (changed, after["redirect_uris"]) == ({"redirect_uris"}, [new])
    assert all(uri in html.unescape(system.get(change).text) for uri in before["redirect_uris"]), "also afterwards"


def test_a_move_says_that_it_takes_the_place_of_a_planned_one(identity: Identity, pages: dict[str, Browser]) -> None:
    [row] = identity.execute(
        "UPDATE person SET moves_on = $1, moves_to = 'water' WHERE login_name = 'audit01' RETURNING person_id",
        clock.today() + timedelta(days=9),
    )
    kind = ChangeKind.MOVE_PERSON
    text = shown(pages, kind, kept(identity, kind, details_of_move(row["person_id"], replace(MOVE, section_id=None))))
    assert f"{clock.today() + timedelta(days=9)} 的调动安排作废" in text
    identity.execute("UPDATE person SET moves_on = NULL, moves_to = NULL WHERE login_name = 'audit01'")
