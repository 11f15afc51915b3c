"""Access tokens that are bound to a key (RFC 9449), at a REST API: the kit's check, which all five share."""

import httpx
import pytest

from tests.support.e_license.service import RunningService
from tests.support.identity.dpop import DpopKey
from tests.support.tokens import TokenIssuer

PATH = "/v1/licenses/search"
ASKED = {"holder_code": "91440300MA5G1WPY3X", "type": "business-licence"}


@pytest.fixture
def key() -> DpopKey:
    return DpopKey()


@pytest.fixture
def token(key: DpopKey, identity_tokens: TokenIssuer) -> str:
    return identity_tokens.mint("e-license", "issuer", "verifier", org="amr", cnf={"jkt": key.jkt})


async def answer(running: RunningService, token: str, *proofs: str, scheme: str = "DPoP") -> httpx.Response:
    headers = [("Authorization", f"{scheme} {token}"), *(("DPoP", proof) for proof in proofs)]
    async with running.http({}) as client:
        return await client.post(PATH, json=ASKED, headers=headers)


async def test_the_key_opens_once(running: RunningService, key: DpopKey, token: str) -> None:
    url = f"{running.settings.public_url}{PATH}"
    proof = key.proof("POST", url, token=token)
    assert (await answer(running, token, proof)).status_code == 200
    assert (await answer(running, token, proof)).status_code == 401, "each proof counts once"


async def test_neither_without_a_proof_nor_as_a_bearer_nor_with_two_proofs(
    running: RunningService, key: DpopKey, token: str
) -> None:
    url = f"{running.settings.public_url}{PATH}"

    def proof(by: DpopKey = key) -> str:
        return by.proof("POST", url, token=token)

    assert (await answer(running, token)).status_code == 401
    assert (await answer(running, token, scheme="Bearer")).status_code == 401
    assert (await answer(running, token, proof(DpopKey()))).status_code == 401
    assert (await answer(running, token, proof(), proof())).status_code == 401
