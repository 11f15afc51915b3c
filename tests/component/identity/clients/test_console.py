"""What administrators decide about a system: its profile, its keys, its secrets, and what it may learn."""

import html
import json
import re
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of, submit

CALLBACK = "https://park.example/callback"
KEY = ECKey.generate_key("P-256", parameters={"kid": "park"})
NEW_KEY = ECKey.generate_key("P-256", parameters={"kid": "park-2"})
NO_PKCE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
FORM: dict[str, Any] = {
    "name_zh": "公园预约",
    "name_en": "Park booking",
    "owner": "urban",
    "application_type": "web",
    "auth_method": "client_secret_basic",
    "profile": "strict",
    "id_token_alg": "ES256",
    "scopes": ["openid", "profile", "offline_access"],
    "jwks": "",
    "jwks_uri": "",
    "redirect_uris": CALLBACK,
    "post_logout_redirect_uris": "",
    "backchannel_logout_uri": "",
    "launch_uri": "",
    "required_level": "1",
    "open_to": ["*"],
    "reason": "新系统",
}


class Office:
    """Two administrators, one of system and one of security."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.system, self.security = identity.signed_in("admin01"), identity.signed_in("secadmin01")

    def decided(self, path: str, form: dict[str, Any], *, at: str) -> str:
        """Address of the change, which was proposed and approved."""
        answer = submit(self.system, path, form, at=at)
        assert answer.status_code == 303, html.unescape(answer.text)
        change = str(answer.headers["location"])
        assert submit(self.security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
        return change

    def connected(self, client_id: str, **changed: Any) -> RelyingParty:
        change = self.decided("/admin/connect", FORM | {"client_id": client_id} | changed, at="/admin/connect")
        return RelyingParty(self.identity.url, client_id, CALLBACK, self.secret(change))

    def changed(self, client_id: str, **changed: Any) -> str:
        at = f"/admin/clients/{client_id}"
        return self.decided(f"{at}/change", FORM | changed, at=at)

    def secret(self, change: str) -> str | None:
        shown = submit(self.system, f"{change}/outcome", {}, at=change)
        found = re.findall(r'data-copy="([A-Za-z0-9_-]{43})"', shown.text)
        return found[0] if found else None

    def page(self, client_id: str) -> str:
        return html.unescape(self.system.get(f"/admin/clients/{client_id}").text)


@pytest.fixture(scope="module")
def office(identity: Identity) -> Office:
    return Office(identity)


@pytest.fixture(scope="module")
def person(identity: Identity) -> Browser:
    return identity.signed_in("water01")


def keys(*known: ECKey) -> str:
    return json.dumps({"keys": [each.as_dict(private=False) for each in known]})


def test_a_weaker_profile_takes_two_and_is_shown_in_plain_words(office: Office, person: Browser) -> None:
    party = office.connected("old-library")
    assert "严格：每次登录都必须用 PKCE" in office.page("old-library")
    assert answer_of(person.get(party.authorize_path(Attempt(), **NO_PKCE)))["error"] == "invalid_request"
    at = "/admin/clients/old-library"
    proposed = submit(office.system, f"{at}/change", FORM | {"profile": "compatible"}, at=at).headers["location"]
    assert answer_of(person.get(party.authorize_path(Attempt(), **NO_PKCE)))["error"] == "invalid_request"
    shown = html.unescape(office.security.get(proposed).text)
    assert shown.index("原来：") < shown.index("严格：每次") < shown.index("改为：") < shown.index("兼容：旧系统")
    assert submit(office.system, f"{proposed}/decide", {"decision": "approved"}, at=proposed).status_code != 303
    assert submit(office.security, f"{proposed}/decide", {"decision": "approved"}, at=proposed).status_code == 303
    assert "兼容：旧系统可以不用 PKCE" in office.page("old-library")
    attempt = Attempt()
    code = answer_of(person.get(party.authorize_path(attempt, **NO_PKCE)))["code"]
    assert party.redeem(code, attempt, code_verifier=None).status_code == 200


def test_a_system_with_keys_needs_no_secret_and_changes_them_one_after_the_other(
    office: Office, person: Browser, identity: Identity
) -> None:
    party = office.connected("keyed-park", auth_method="private_key_jwt", jwks=keys(KEY))
    assert party.secret is None
    assert "EC P-256 <code>park</code>" in office.page("keyed-park")
    party.key = KEY
    assert identity.tokens(person, party)["id_token"]
    office.changed("keyed-park", auth_method="private_key_jwt", jwks=keys(KEY, NEW_KEY))
    for party.key in (KEY, NEW_KEY):
        assert identity.tokens(person, party)["id_token"]
    office.changed("keyed-park", auth_method="private_key_jwt", jwks=keys(NEW_KEY))
    party.key = KEY
    attempt = Attempt()
    assert party.redeem(identity.code(person, party, attempt), attempt).json()["error"] == "invalid_client"


class KeyServer:
    """A system's own server, which publishes its keys."""

    def __init__(self, *known: ECKey) -> None:
        self.known = known
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = keys(*server.known).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://localhost:{self._http.server_port}/jwks"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def test_keys_at_an_address_change_without_anybody_here(office: Office, person: Browser, identity: Identity) -> None:
    with closing(KeyServer(KEY)) as server:
        party = office.connected("publisher", auth_method="private_key_jwt", jwks_uri=server.uri)
        assert server.uri in office.page("publisher")
        party.key = KEY
        assert identity.tokens(person, party)["id_token"]
        party.key = NEW_KEY
        assert party.redeem("unknown", Attempt()).json()["error"] == "invalid_client"
        server.known = (KEY, NEW_KEY)
        assert identity.tokens(person, party)["id_token"]


def test_a_system_that_goes_back_to_a_secret_is_given_one(office: Office) -> None:
    party = office.connected("back-to-secret", auth_method="private_key_jwt", jwks=keys(KEY))
    change = office.changed("back-to-secret", auth_method="client_secret_post")
    party.secret, party.method = office.secret(change), "client_secret_post"
    assert party.secret
    assert party.redeem("unknown", Attempt()).json()["error"] == "invalid_grant"
    office.changed("back-to-secret", auth_method="private_key_jwt", jwks=keys(KEY))
    assert party.redeem("unknown", Attempt()).json()["error"] == "invalid_client"


def test_fapi2_is_all_of_it(office: Office, person: Browser, identity: Identity) -> None:
    form = {"auth_method": "private_key_jwt", "jwks": keys(KEY), "profile": "fapi2"}
    party = office.connected("fapi-park", **form)
    party.key = KEY
    assert answer_of(person.get(party.authorize_path(Attempt())))["error"] == "invalid_request", "it must be pushed"
    pushed = party.push(Attempt())
    assert pushed.status_code == 201, pushed.text
    assert identity.execute("SELECT 1 FROM client WHERE client_id = 'fapi-park' AND profile = 'fapi2'")


def test_the_algorithm_and_what_the_system_may_learn(office: Office, person: Browser, identity: Identity) -> None:
    scopes = ["openid", "profile", "phone", "offline_access"]
    party = office.connected("learner", id_token_alg="RS256", scopes=scopes)
    page = office.page("learner")
    assert "手机号码（phone）" in page
    assert "RS256" in page
    less = office.connected("little-learner", scopes=["openid", "offline_access"])
    for system, learnt in ((party, "openid profile phone"), (less, "openid")):
        attempt = Attempt()
        code = identity.code(person, system, attempt, scope="openid profile phone")
        assert system.redeem(code, attempt).json()["scope"] == learnt


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"auth_method": "private_key_jwt"}, "jwks", "须填写公钥或公钥地址"),
        ({"profile": "fapi2"}, "auth_method", "须用私钥证明自己"),
        (
            {"profile": "fapi2", "auth_method": "private_key_jwt", "jwks": keys(KEY), "id_token_alg": "RS256"},
            "id_",
            "算法",
        ),
        ({"profile": "compatible", "application_type": "native"}, "profile", "只用于能保存密钥的系统"),
        ({"profile": "none"}, "profile", ""),
        ({"jwks": "not JSON"}, "jwks", "公钥须为 JWKS"),
        ({"jwks": json.dumps({"keys": [KEY.as_dict(private=True)]})}, "jwks", "不含私钥"),
        ({"jwks": keys(KEY), "jwks_uri": "https://park.example/jwks"}, "jwks", ""),
        ({"jwks_uri": "http://park.example/jwks"}, "jwks_uri", "公钥地址须为公网"),
        ({"jwks_uri": "https://10.0.0.1/jwks"}, "jwks_uri", "可信地址"),
        ({"id_token_alg": "HS256"}, "id_token_alg", "算法"),
        ({"scopes": ["profile"]}, "scopes", "至少要得到人员编号（openid）"),
        ({"scopes": ["openid", "everything"]}, "scopes", ""),
    ],
)
def test_a_form_says_at_its_field_what_is_wrong(office: Office, changed: dict[str, Any], field: str, said: str) -> None:
    form = FORM | {"client_id": "wrong-park"} | changed
    answer = submit(office.system, "/admin/connect", form, at="/admin/connect")
    assert answer.status_code == 422
    text = html.unescape(answer.text)
    assert f'<a href="#{field}' in text
    assert said in text
    answer = submit(office.system, "/admin/clients/mail/change", FORM | changed, at="/admin/clients/mail")
    assert answer.status_code == 422, "the same on the page of a system that there is"


def test_a_secret_is_replaced_with_an_overlap_or_at_once(office: Office) -> None:
    party = office.connected("two-secrets")
    at = "/admin/clients/two-secrets"

    def rotated(overlap: int) -> str:
        form = {"kind": "rotate-secret", "overlap": str(overlap), "reason": "例行更换"}
        return str(office.secret(office.decided(f"{at}/switch", form, at=at)))

    def error_of(secret: str | None) -> str:
        answer = RelyingParty(party.issuer, party.client_id, CALLBACK, secret).redeem("unknown", Attempt())
        return str(answer.json()["error"])

    new = rotated(7 * 86_400)
    assert (error_of(party.secret), error_of(new)) == ("invalid_grant", "invalid_grant")
    assert "旧密钥在" in office.page("two-secrets")
    newer = rotated(0)
    assert [error_of(each) for each in (party.secret, new)] == ["invalid_client", "invalid_client"]
    assert error_of(newer) == "invalid_grant"
    assert "旧密钥在" not in office.page("two-secrets")
    for wrong in ("5", str(99 * 86_400)):
        form = {"kind": "rotate-secret", "overlap": wrong, "reason": "例行更换"}
        assert submit(office.system, f"{at}/switch", form, at=at).status_code == 422


def test_an_overlap_ends(office: Office, identity: Identity) -> None:
    party = office.connected("late")
    at, form = "/admin/clients/late", {"kind": "rotate-secret", "overlap": "86400", "reason": "例行更换"}
    office.decided(f"{at}/switch", form, at=at)
    identity.execute("UPDATE client SET former_secret_until = now() WHERE client_id = 'late'")
    assert party.redeem("unknown", Attempt()).json()["error"] == "invalid_client"


def test_an_initial_access_token_carries_a_profile(office: Office, identity: Identity) -> None:
    form = {"kind": "open-registration", "owner": "water", "uses": "2", "days": "9", "profile": "compatible"}
    change = office.decided("/admin/changes/propose", form | {"reason": "旧系统"}, at="/admin/connect")
    assert "兼容：旧系统可以不用 PKCE" in html.unescape(office.security.get(change).text)
    token = office.secret(change)
    assert re.search(r'data-head="安全要求"[^>]*>兼容</td>', office.system.get("/admin/clients").text)
    document = {"client_name": "Lockers", "redirect_uris": [CALLBACK]}
    headers = {"Authorization": f"Bearer {token}"}
    registered = httpx.post(f"{identity.url}/register", json=document, headers=headers).json()
    [row] = identity.execute("SELECT profile FROM client WHERE client_id = $1", registered["client_id"])
    assert row["profile"] == "compatible"


def test_pages_in_english(office: Office) -> None:
    for path in ("/admin/connect", "/admin/clients/mail", "/admin/clients"):
        text = office.system.get(f"{path}?language=en").text
        assert "安全要求" not in re.sub(r"<template.*?</template>", "", text, flags=re.DOTALL)
    office.system.get("/admin/clients?language=zh-Hans")
