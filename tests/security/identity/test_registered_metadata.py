"""What registered metadata makes of a client: its profile, its keys and its sector (RFC 7591)."""

import json
import secrets
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from pingshan_identity.clients.client_documents import ClientDocuments, DocumentUnread
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.clients.register_client import RegisterClient, register_client

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import (
    ASSERTION_TYPE,
    Attempt,
    Identity,
    answer_of,
)
from tests.support.identity.registering import (
    CALLBACK,
    METADATA,
    METADATA_ERROR,
    Office,
    manage,
    office_of,
    party_of,
    refused,
    register,
)
from tests.support.platform import BoundService


@pytest.fixture(scope="module")
async def office(identity: Identity, bound_identity: BoundService) -> Office:
    return await office_of(identity, bound_identity)


KEY = ECKey.generate_key("P-256")
OTHER_KEY = ECKey.generate_key("P-256")


def keys(*known: ECKey | RSAKey) -> dict[str, Any]:
    return {"keys": [dict(each.as_dict(private=False)) | {"kid": each.thumbprint()} for each in known]}


def knock_with(
    identity: Identity, registered: dict[str, Any], key: ECKey | RSAKey, alg: str = "ES256"
) -> httpx.Response:
    """A call of the token endpoint that fails for its code, unless it fails for its proof before."""
    now = int(time.time())
    client_id = registered["client_id"]
    claims = {"iss": client_id, "sub": client_id, "aud": identity.url, "iat": now, "exp": now + 60}
    claims |= {"jti": secrets.token_urlsafe(16)}
    form = {"grant_type": "authorization_code", "code": "unknown", "redirect_uri": CALLBACK, "code_verifier": "v" * 43}
    assertion = jws.serialize_compact({"alg": alg, "kid": key.thumbprint()}, json.dumps(claims), key, [alg])
    sent = form | {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return httpx.post(f"{identity.url}/token", data=sent)


async def test_the_answer_says_what_was_registered(identity: Identity, office: Office) -> None:
    """As conformance clients register: keys beside a secret, grants and scopes that are not all there."""
    asked = {
        "redirect_uris": [CALLBACK],
        "jwks": keys(KEY),
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid email phone",
        "subject_type": "pairwise",
        "userinfo_signed_response_alg": "RS256",
        "request_object_signing_alg": "PS256",
        "require_signed_request_object": True,
        "initiate_login_uri": "https://rp.example/begin",
        "default_max_age": 3600,
        "require_auth_time": True,
        "policy_uri": "https://rp.example/policy",
        "contacts": ["nobody@example.com"],
    }
    answer = register(identity, await office.token(), asked)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    changed = {"grant_types": ["authorization_code", "refresh_token"], "scope": "openid phone offline_access"}
    for name, value in (asked | changed).items():
        if name != "contacts":
            assert said[name] == value, name
    assert (said["client_name"], said["id_token_signed_response_alg"]) == ("rp.example", "RS256")
    assert said["token_endpoint_auth_method"] == "client_secret_basic"
    read = manage("GET", said).json()
    assert {name: value for name, value in said.items() if name in read} == read


async def test_a_strict_initial_token_makes_no_lax_client(identity: Identity, office: Office) -> None:
    """The profile is what two administrators agreed upon; no metadata changes it, then or later."""
    wish = METADATA | {"profile": "compatible", "require_pkce": False}
    registered = register(identity, await office.token(), wish).json()
    page, party = identity.signed_in("water01"), party_of(identity, registered)
    without: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
    assert answer_of(page.get(party.authorize_path(Attempt(), **without)))["error"] == "invalid_request"
    assert manage("PUT", registered, wish | {"client_id": registered["client_id"]}).status_code == 200
    assert answer_of(page.get(party.authorize_path(Attempt(), **without)))["error"] == "invalid_request"
    lax = register(identity, await office.token(profile="compatible")).json()
    question = page.get(party_of(identity, lax).authorize_path(Attempt(), **without)).headers["location"]
    assert question.startswith("/consent?")
    app = {"application_type": "native", "token_endpoint_auth_method": "none"}
    public = register(identity, await office.token(profile="compatible"), METADATA | app).json()
    party = replace(party_of(identity, public), method="none")
    assert answer_of(page.get(party.authorize_path(Attempt(), **without)))["error"] == "invalid_request"


async def test_a_fapi2_client_is_held_to_its_profile(identity: Identity, office: Office) -> None:
    token = await office.token(uses=3, profile="fapi2")
    refused(register(identity, token), METADATA_ERROR)
    asked = METADATA | {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys(KEY)}
    refused(register(identity, token, asked | {"id_token_signed_response_alg": "RS256"}), METADATA_ERROR)
    registered = register(identity, token, asked | {"dpop_bound_access_tokens": False}).json()
    assert registered["require_pushed_authorization_requests"] is True
    assert registered["dpop_bound_access_tokens"] is True
    assert registered["id_token_signed_response_alg"] == "ES256"
    page, party = identity.signed_in("water01"), party_of(identity, registered)
    assert answer_of(page.get(party.authorize_path(Attempt())))["error"] == "invalid_request", "it must be pushed"
    answer = knock_with(identity, registered, KEY)
    assert answer.json()["error"] != "invalid_client", answer.text
    weaker = asked | {"client_id": registered["client_id"], "token_endpoint_auth_method": "client_secret_basic"}
    refused(manage("PUT", registered, weaker), METADATA_ERROR)


async def test_fapi2_takes_no_rs256_from_a_client(identity: Identity, office: Office) -> None:
    rsa = RSAKey.generate_key(2048)
    asked = METADATA | {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys(rsa)}
    registered = register(identity, await office.token(profile="fapi2"), asked).json()
    assert knock_with(identity, registered, rsa, "RS256").json()["error"] == "invalid_client"
    assert knock_with(identity, registered, rsa, "PS256").json()["error"] != "invalid_client"


async def test_a_client_replaces_its_keys_one_after_the_other(identity: Identity, office: Office) -> None:
    asked = METADATA | {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys(KEY)}
    registered = register(identity, await office.token(), asked).json()
    named = asked | {"client_id": registered["client_id"]}
    assert knock_with(identity, registered, OTHER_KEY).json()["error"] == "invalid_client"
    assert manage("PUT", registered, named | {"jwks": keys(KEY, OTHER_KEY)}).status_code == 200
    for key in (KEY, OTHER_KEY):
        assert knock_with(identity, registered, key).json()["error"] == "invalid_grant"
    assert manage("PUT", registered, named | {"jwks": keys(OTHER_KEY)}).status_code == 200
    assert knock_with(identity, registered, KEY).json()["error"] == "invalid_client"


async def test_a_private_key_is_refused_and_kept_nowhere(identity: Identity, office: Office) -> None:
    asked = METADATA | {"jwks": {"keys": [KEY.as_dict(private=True)]}}
    answer = register(identity, await office.token(), asked)
    refused(answer, METADATA_ERROR)
    assert KEY.as_dict(private=True)["d"] not in answer.text


@pytest.mark.parametrize("name", ["jwks_uri", "sector_identifier_uri"])
@pytest.mark.parametrize("uri", ["https://127.0.0.1:8443/", "https://169.254.169.254/", "https://localhost/x"])
async def test_no_document_of_a_client_is_read_inside(identity: Identity, office: Office, name: str, uri: str) -> None:
    token = await office.token()
    refused(register(identity, token, METADATA | {name: uri}), METADATA_ERROR)
    registered = register(identity, token).json()
    moved = METADATA | {"client_id": registered["client_id"], name: uri}
    refused(manage("PUT", registered, moved), METADATA_ERROR)


async def test_keys_that_cannot_be_fetched_are_no_proof(identity: Identity, office: Office) -> None:
    """Also where the address was put into the database behind identity's back."""
    registered = register(identity, await office.token()).json()
    identity.execute(
        "UPDATE client SET auth_method = 'private_key_jwt', jwks_uri = 'https://127.0.0.1:1/' WHERE client_id = $1",
        registered["client_id"],
    )
    answer = knock_with(identity, registered, KEY)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")
    assert "ADDRESS_REFUSED" in answer.json()["error_description"]


class Sector(ClientDocuments):
    """Stands for the server of a sector, in another process than identity's."""

    def __init__(self, document: Any) -> None:
        self.document = document

    async def read(self, uri: str, *, third_party: bool) -> Any:
        assert (uri, third_party) == (SECTOR, True)
        if isinstance(self.document, DocumentUnread):
            raise self.document
        return self.document


SECTOR = "https://sector.example/redirect-uris"


async def test_a_sector_is_believed_for_what_it_lists(
    identity: Identity, office: Office, bound_identity: BoundService
) -> None:
    token = await office.token()
    asked = METADATA | {"subject_type": "pairwise", "sector_identifier_uri": SECTOR}
    asked |= {"redirect_uris": [CALLBACK, "https://other.example/callback"]}
    async with dependencies(bound_identity.settings(Settings)) as made:

        async def registered(document: Any) -> dict[str, Any]:
            deps = replace(made, client_documents=Sector(document), relying_parties=Anywhere())  # type: ignore[arg-type]
            return await register_client(deps, RegisterClient(token, asked))

        for document in (DocumentUnread("TIMEOUT"), {}, [CALLBACK]):
            with pytest.raises(OAuthError, match="sector_identifier_uri"):
                await registered(document)
        client = await registered([*asked["redirect_uris"], "https://third.example/"])
    assert (client["subject_type"], client["sector_identifier_uri"]) == ("pairwise", SECTOR)
    [kept] = identity.execute("SELECT sector_identifier FROM client WHERE client_id = $1", client["client_id"])
    assert kept["sector_identifier"] == "sector.example"


class Anywhere:
    """Finds every address good."""

    async def check(self, _uri: str, *, third_party: bool) -> None:
        assert third_party
