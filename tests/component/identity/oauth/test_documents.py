"""Keys and metadata are bytes made once: whoever has them is told so, and a change of keys makes others at once."""

import json
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pingshan_identity.clients.tokens import TokenSigner, new_key
from pingshan_identity.domain.keys.signing_key import Period
from pingshan_identity.entrypoints.oauth.discovery import Discovery, metadata
from pingshan_kit import clock
from starlette.applications import Starlette

ISSUER = "https://identity.example"
PATHS = ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]


def adopt(signer: TokenSigner, *known: str) -> list[str]:
    """Publishes one key more beside those that are known, and returns the ids of all."""
    kid, private, _ = new_key("ES256")
    now = clock.now()
    period = Period("ES256", now - timedelta(days=1), now + timedelta(days=1), now + timedelta(days=2))
    signer.adopt(dict.fromkeys([*known, kid], period), {kid: private}, time.monotonic())
    return [*known, kid]


@pytest.fixture
def signer() -> TokenSigner:
    return TokenSigner(ISSUER)


@pytest.fixture
def client(signer: TokenSigner) -> httpx.AsyncClient:
    deps: Any = SimpleNamespace(signer=signer)
    return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=Discovery(deps).routes)), base_url=ISSUER)


@pytest.mark.parametrize("path", PATHS)
async def test_who_has_it_is_told_so(signer: TokenSigner, client: httpx.AsyncClient, path: str) -> None:
    adopt(signer)
    whole = await client.get(path)
    tag = whole.headers["etag"]
    assert whole.json() == (signer.jwks() if path == "/jwks" else json.loads(json.dumps(metadata(ISSUER))))
    assert whole.headers["cache-control"].startswith("public, max-age=")
    for named in (tag, f"W/{tag}", f'"another", {tag}', "*"):
        kept = await client.get(path, headers={"If-None-Match": named})
        assert (kept.status_code, kept.content) == (304, b"")
        assert [kept.headers[name] for name in ("etag", "cache-control")] == [tag, whole.headers["cache-control"]]
    other = await client.get(path, headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.content, other.headers) == (200, whole.content, whole.headers)


async def test_another_key_makes_another_document_at_once(signer: TokenSigner, client: httpx.AsyncClient) -> None:
    kids = adopt(signer)
    first = await client.get("/jwks")
    both = adopt(signer, *kids)
    second = await client.get("/jwks", headers={"If-None-Match": first.headers["etag"]})
    assert sorted(key["kid"] for key in second.json()["keys"]) == sorted(both)
    signer.adopt({both[1]: signer._periods[both[1]]}, {}, time.monotonic())  # noqa: SLF001 - the first is withdrawn
    third = await client.get("/jwks", headers={"If-None-Match": second.headers["etag"]})
    assert [key["kid"] for key in third.json()["keys"]] == both[1:]
