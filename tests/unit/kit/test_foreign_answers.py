"""Answers of an issuer that lack a part, or have one of another kind: whoever signs in is told that it is away."""

import json
from typing import Any

import httpx
import pytest
from pingshan_kit.auth.relying_party import Attempt, RelyingParty
from pingshan_kit.errors import SignInFailed, Unavailable
from pingshan_kit.outgoing import Outgoing
from pingshan_kit.trust import jose
from pingshan_kit.trust.access_tokens import IssuerKeys
from pingshan_kit.trust.revocations import Revocations

KINDS: list[Any] = [None, True, 0, 1.5, "", "x", [], ["x"], [[]], [None], {}, {"x": {}}]
ATTEMPT = Attempt("state", "nonce", "verifier", "session", "/", 0)
ISSUER = "https://identity.example"


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Any:
    def answer(document: Any) -> None:
        async def call(*_: Any, **__: Any) -> httpx.Response:
            return httpx.Response(200, content=json.dumps(document).encode())

        monkeypatch.setattr(Outgoing, "call", call)

    return answer


@pytest.mark.parametrize("document", [*KINDS, *({"keys": each} for each in KINDS), {"keys": [{"kty": "EC"}, 7]}])
async def test_keys_of_another_kind_are_none(answered: Any, document: Any) -> None:
    answered(document)
    with pytest.raises((Unavailable, jose.TokenRefused)):
        await IssuerKeys(ISSUER, Revocations()).get("k")


class Settings:
    """What a relying party reads of a service's settings."""

    service, issuer, public_url, outgoing_ca_file = "workflow", ISSUER, "https://workflow.example", None


@pytest.mark.parametrize("document", [*KINDS, *({"issuer": each} for each in KINDS), {"issuer": ISSUER}])
async def test_metadata_of_another_kind_leads_nowhere(answered: Any, document: Any) -> None:
    answered(document)
    party = RelyingParty(Settings(), "openid")  # type: ignore[arg-type]
    with pytest.raises((Unavailable, SignInFailed)):
        await party.authorization_address(ATTEMPT, "zh-Hans")
