"""A relying party that we did not write: npm's openid-client, unmodified, a topic each (`openid-client/*.mjs`).

The scripts use the library as its documentation says; the test is the browser in between. `npm ci` brings it.
"""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from tests.support.identity.own_clients import CALLBACK, add_client
from tests.support.identity.parties import Browser, Identity, RelyingParty, csrf_of, shown_of, submit
from tests.support.node import node_for
from tests.support.platform import BoundService

FOLDER = Path(__file__).with_name("openid-client")
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = ["openid", "profile", "offline_access"]


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js, with the library installed as the lock file says."""
    return node_for(FOLDER)


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


class Topic:
    """Runs one script; `browse` answers each address that it sends the person to."""

    def __init__(self, node: str, identity: Identity, browse: Callable[[str], str]) -> None:
        self._node = node
        self._identity = identity
        self._browse = browse

    def run(self, name: str, party: RelyingParty, **more: Any) -> dict[str, Any]:
        key = party.key.as_dict(private=True) if party.key else None
        given = {
            "issuer": self._identity.url,
            "client_id": party.client_id,
            "secret": party.secret,
            "redirect_uri": party.redirect_uri,
            "key": {name: key[name] for name in ("kty", "crv", "x", "y", "d")} if key else None,
        }
        script = [self._node, f"{name}.mjs", json.dumps(given | more)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(script, cwd=FOLDER, text=True, **pipes) as process:  # type: ignore[call-overload]
            limit = Timer(60, process.kill)
            limit.start()
            try:
                return self._play(process)
            finally:
                limit.cancel()
                process.kill()

    def _play(self, process: Any) -> dict[str, Any]:
        for line in process.stdout:
            said = json.loads(line)
            if "done" in said:
                return dict(said["done"])
            process.stdin.write(self._browse(said["ask"]) + "\n")
            process.stdin.flush()
        raise AssertionError(process.stderr.read())


@pytest.fixture
def topic(node: str, identity: Identity, page: Browser) -> Topic:
    return Topic(node, identity, lambda address: str(page.get(address).headers["location"]))


async def test_discovery_code_refresh_introspection_revocation(
    topic: Topic, identity: Identity, bound_identity: BoundService
) -> None:
    grants = ["authorization_code", "refresh_token"]
    party = await add_client(bound_identity, "npm-code", grant_types=grants, scopes=SCOPES)
    found = topic.run("sign_in", party)
    assert (found["claims"]["iss"], found["claims"]["aud"]) == (identity.url, "npm-code")
    assert found["userinfo"]["sub"] == found["claims"]["sub"] == found["renewed"]["sub"]
    assert found["userinfo"]["name"]
    assert (found["before"]["active"], found["before"]["client_id"]) == (True, "npm-code")
    assert found["after"] == {"active": False}
    assert found["refused"] == "invalid_grant"


async def test_pushed_request_and_a_key_in_place_of_a_secret(topic: Topic, bound_identity: BoundService) -> None:
    key = ECKey.generate_key("P-256")
    party = await add_client(bound_identity, "npm-par", key=key, require_par=True)
    found = topic.run("pushed", party)
    assert set(found["query"]) == {"client_id", "request_uri"}
    assert found["claims"]["aud"] == "npm-par"


async def test_tokens_bound_to_a_key(topic: Topic, bound_identity: BoundService) -> None:
    grants = ["authorization_code", "refresh_token"]
    party = await add_client(bound_identity, "npm-dpop", grant_types=grants, scopes=SCOPES)
    found = topic.run("dpop", party)
    assert [kind.lower() for kind in found["kinds"]] == ["dpop", "dpop"]
    assert found["names"][0] == found["names"][1] != ""
    assert found["introspected"]["cnf"] == {"jkt": found["thumbprint"]}
    assert found["unproven"]["error"] == "invalid_token"


async def test_sign_out_that_the_relying_party_begins(
    node: str, identity: Identity, bound_identity: BoundService
) -> None:
    back, page = "https://rp.example/signed-out", identity.signed_in("hall01")
    topic = Topic(node, identity, lambda address: str(page.get(address).headers["location"]))
    party = await add_client(bound_identity, "npm-out", post_logout_redirect_uris=[back])
    found = topic.run("end_session", party, post_logout_redirect_uri=back)
    assert found["back"] == f"{back}?state={found['state']}"
    assert found["after"] == {"active": False}


async def test_a_device_without_a_browser(node: str, identity: Identity, bound_identity: BoundService) -> None:
    party = await add_client(bound_identity, "npm-device", grant_types=[DEVICE])
    page = identity.signed_in("hall01")

    def allow(address: str) -> str:
        asked = page.get(address)
        form = {"csrf_token": csrf_of(asked), "user_code": parse_qs(urlsplit(address).query)["user_code"][0]}
        return str(page.post("/device/decide", data=form | {"decision": "allow"}).headers["location"])

    found = Topic(node, identity, allow).run("device", party)
    assert found["early"] == "authorization_pending"
    assert found["decision"].startswith("/device/done")
    assert found["claims"]["aud"] == "npm-device"


def test_a_system_registers_itself_and_is_used_at_once(node: str, identity: Identity, page: Browser) -> None:
    def agree(address: str) -> str:
        question = page.get(address).headers["location"]
        asked = page.get(question)
        form = {"csrf_token": csrf_of(asked), "shown": shown_of(asked), "decision": "allow"}
        agreed = page.post(question, form)
        return str(page.get(agreed.headers["location"]).headers["location"])

    nobody = RelyingParty(identity.url, "", CALLBACK)
    token = initial_access_token(identity)
    found = Topic(node, identity, agree).run("registration", nobody, initial_access_token=token)
    assert found["claims"]["aud"] == found["client"]["client_id"]
    assert found["client"]["token_endpoint_auth_method"] == "client_secret_basic"
    assert found["again"]["error"] == "invalid_token"


def initial_access_token(identity: Identity) -> str:
    """Proposed by one administrator, decided by another, shown once."""
    system, security = identity.signed_in("admin01"), identity.signed_in("secadmin01")
    wanted = {"kind": "open-registration", "owner": "water", "uses": "1", "days": "1", "reason": "快递柜"}
    change = submit(system, "/admin/changes/propose", wanted, at="/admin/changes").headers["location"]
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303
    shown = submit(system, f"{change}/outcome", {}, at=change)
    [token] = re.findall(r'data-copy="([A-Za-z0-9_-]{43})"', shown.text)
    return str(token)
