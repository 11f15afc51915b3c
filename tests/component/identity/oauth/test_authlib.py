"""A relying party that we did not write: Authlib's client, by discovery, as its documentation says, and its registry
for web frameworks with the settings that the page of the system shows.
"""

import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.starlette_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.support.identity.own_clients import CALLBACK, SECRET, add_client
from tests.support.identity.parties import Browser, Identity, answer_of
from tests.support.identity.shown_settings import shown_settings
from tests.support.platform import BoundService

VERIFIER = "a-verifier-of-more-than-forty-three-characters"
GRANTS = ["authorization_code", "refresh_token"]
SCOPES = ["openid", "profile", "offline_access"]
Make = Callable[..., AsyncOAuth2Client]


@pytest.fixture(scope="module")
async def metadata(identity: Identity) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        return dict((await client.get(f"{identity.url}/.well-known/openid-configuration")).json())


@pytest.fixture
async def make(metadata: dict[str, Any]) -> AsyncIterator[Make]:
    made: list[AsyncOAuth2Client] = []

    def client(client_id: str, secret: Any, method: str) -> AsyncOAuth2Client:
        made.append(
            AsyncOAuth2Client(
                client_id,
                secret,
                token_endpoint_auth_method=method,
                revocation_endpoint_auth_method=method,
                scope=" ".join(SCOPES),
                redirect_uri=CALLBACK,
                code_challenge_method="S256",
                token_endpoint=metadata["token_endpoint"],
            )
        )
        return made[-1]

    yield client
    for each in made:
        await each.aclose()


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


async def signed_in(client: AsyncOAuth2Client, metadata: dict[str, Any], page: Browser) -> dict[str, Any]:
    address, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce="a-nonce"
    )
    answer = page.get(address)
    token: dict[str, Any] = await client.fetch_token(
        metadata["token_endpoint"],
        authorization_response=answer.headers["location"],
        state=state,
        code_verifier=VERIFIER,
    )
    return token


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_sign_in_refresh_and_revocation(
    bound_identity: BoundService, metadata: dict[str, Any], page: Browser, make: Make, method: str
) -> None:
    name = f"authlib-{method}"
    native = {"application_type": "native"} if method == "none" else {}
    await add_client(bound_identity, name, auth_method=method, grant_types=GRANTS, scopes=SCOPES, **native)
    client = make(name, SECRET if method != "none" else None, method)
    token = await signed_in(client, metadata, page)
    keys = KeySet.import_key_set((await client.get(metadata["jwks_uri"])).json())
    own = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
    assert (own["iss"], own["aud"], own["nonce"]) == (metadata["issuer"], name, "a-nonce")
    told = (await client.get(metadata["userinfo_endpoint"])).json()
    assert (told["sub"], told["name"]) == (own["sub"], own["name"])
    renewed = await client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert renewed["access_token"] != token["access_token"]
    gone = await client.revoke_token(metadata["revocation_endpoint"], token=renewed["refresh_token"])
    assert gone.status_code == 200, gone.text
    assert (await client.get(metadata["userinfo_endpoint"])).status_code == 401


async def test_sign_in_with_a_key(
    bound_identity: BoundService, metadata: dict[str, Any], page: Browser, make: Make
) -> None:
    key = RSAKey.generate_key(2048)  # Authlib takes no other here
    await add_client(bound_identity, "authlib-key", key=key, scopes=SCOPES)
    client = make("authlib-key", key.as_pem(private=True), "private_key_jwt")
    client.register_client_auth_method(PrivateKeyJWT(metadata["token_endpoint"]))
    token = await signed_in(client, metadata, page)
    assert token["token_type"] == "Bearer"
    assert (await client.get(metadata["userinfo_endpoint"])).status_code == 200


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_the_settings_that_the_page_shows(
    monkeypatch: pytest.MonkeyPatch, identity: Identity, bound_identity: BoundService, page: Browser, method: str
) -> None:
    name = f"authlib-shown-{method.replace('_', '-')}"
    native = {"application_type": "native"} if method == "none" else {}
    await add_client(bound_identity, name, auth_method=method, scopes=["openid", "profile"], **native)
    monkeypatch.setenv("CLIENT_SECRET", SECRET)
    oauth = OAuth()
    exec(shown_settings(identity, name, "authlib"), {"oauth": oauth, "os": os})
    asked = await oauth.pingshan.create_authorization_url(CALLBACK)
    code = answer_of(page.get(asked["url"]))["code"]
    tokens = await oauth.pingshan.fetch_access_token(CALLBACK, code=code, code_verifier=asked["code_verifier"])
    claims = await oauth.pingshan.parse_id_token(tokens, nonce=asked["nonce"])
    assert (claims["iss"], claims["aud"]) == (identity.url, name)
