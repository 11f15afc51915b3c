"""The REST twins."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

BODY = {
    "type": "food-business-permit",
    "serial_number": "R1",
    "holder_name": COMPANY_NAME,
    "holder_code": COMPANY_CODE,
    "holder_code_type": "001",
    "attributes": PERMIT,
}

_DECISIONS = (
    "suspension",
    "resumption",
    "revocation",
    "rescission",
    "cancellation",
    "lapse",
    "transfer-out",
    "restoration",
)


@pytest.fixture(scope="module")
async def amr(running: RunningService, identity_tokens: TokenIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http(identity_tokens.bearer("e-license", "issuer", "verifier", org="amr")) as client:
        yield client


def once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def test_issue_get_verify_revoke(amr: httpx.AsyncClient) -> None:
    key = once()
    issued = await amr.post("/v1/licenses", json=BODY, headers=key)
    assert issued.status_code == 201
    assert (await amr.post("/v1/licenses", json=BODY, headers=key)).json() == issued.json()
    licence = issued.json()
    address = f"/v1/licenses/{licence['license_id']}"
    assert (await amr.get(address)).json()["attributes"] == PERMIT | {"legal_representative": "王*满"}
    assert (await amr.post(f"{address}/reveal")).json() == licence

    question = {"identifier": licence["identifier"], "purpose": "现场检查"}
    answer = (await amr.post("/v1/verifications", json=question)).json()
    assert (answer["result"], answer["state"]) == ("valid", "valid")
    assert "unified_social_credit_code" not in answer["license"]["attributes"]

    reason = {"reason": "提供虚假材料", "legal_basis": "行政许可法 第六十九条"}
    address = f"/v1/licenses/{licence['license_id']}/revocation"
    assert (await amr.post(address, json=reason, headers=once())).json()["state"] == "revoked"
    again = await amr.post(address, json=reason, headers=once())
    assert (again.status_code, again.json()["code"]) == (409, "E_LICENSE_ALREADY_REVOKED")
    answer = (await amr.post("/v1/verifications", json=question)).json()
    assert (answer["result"], answer["state"]) == ("not_valid", "revoked")


async def test_search_keeps_codes_out_of_addresses(amr: httpx.AsyncClient) -> None:
    found = await amr.post("/v1/licenses/search", json={"holder_code": COMPANY_CODE, "type": "business-licence"})
    assert [each["type"] for each in found.json()["licenses"]] == ["business-licence"]


async def test_my_licences(running: RunningService, identity_tokens: TokenIssuer) -> None:
    me = identity_tokens.bearer("e-license", realm="public", org=None, act_for=["440310199003070015", COMPANY_CODE])
    async with running.http(me) as client:
        mine = (await client.get("/v1/my/licenses")).json()["licenses"]
        assert "business-licence" in {each["type"] for each in mine}
        assert {each["holder_code"] for each in mine} == {COMPANY_CODE}
        assert (await client.get(f"/v1/licenses/{mine[0]['license_id']}")).status_code == 200
    stranger = identity_tokens.bearer("e-license", realm="public", org=None, act_for=["440310200002290003"])
    async with running.http(stranger) as client:
        assert (await client.get("/v1/my/licenses")).json()["licenses"] == []
        assert (await client.get(f"/v1/licenses/{mine[0]['license_id']}")).status_code == 403


async def test_the_catalogue_needs_no_sign_in(running: RunningService) -> None:
    async with running.http() as client:
        page = (await client.get("/v1/license-types", params={"text": "食品", "agency": "amr"})).json()
        assert "food-business-permit" in {each["code"] for each in page["license_types"]}
        one = (await client.get("/v1/license-types/food-business-permit")).json()
        assert one["attribute_schema"]["required"]
        assert (await client.get("/v1/license-types/none")).json()["code"] == "E_LICENSE_TYPE_UNKNOWN"


async def test_a_stranger_can_check_the_signature(running: RunningService, amr: httpx.AsyncClient) -> None:
    """With nothing but what the credential itself names: its issuer, its key id, its type."""
    from joserfc import jws

    found = await amr.post("/v1/licenses/search", json={"type": "business-licence"})
    token = found.json()["licenses"][0]["credential"].split("~")[0]
    async with running.http() as client:
        metadata = (await client.get("/.well-known/jwt-vc-issuer")).json()
        assert metadata["jwks_uri"] == f"{metadata['issuer']}/jwks"
        keys = {each["kid"]: each for each in (await client.get("/jwks")).json()["keys"]}
        key = keys[jws.extract_compact(token.encode()).headers()["kid"]]
        signed = jws.deserialize_compact(token, ECKey.import_key(key), algorithms=["ES256"])
        assert json.loads(signed.payload)["iss"] == metadata["issuer"]


async def test_openapi_names_every_operation(running: RunningService) -> None:
    async with running.http() as client:
        document = (await client.get("/v1/openapi.json")).json()
    assert set(document["paths"]) == {
        "/licenses",
        "/licenses/search",
        "/licenses/{license_id}",
        "/licenses/{license_id}/reveal",
        "/licenses/expiring",
        "/bulk-issues",
        "/bulk-issues/{bulk_issue_id}",
        "/bulk-issues/{bulk_issue_id}/start",
        "/bulk-issues/{bulk_issue_id}/cancellation",
        *(f"/licenses/{{license_id}}/{noun}" for noun in _DECISIONS),
        "/licenses/{license_id}/as-of",
        "/licenses/{license_id}/consequences",
        "/licenses/{license_id}/versions",
        "/licenses/{license_id}/renditions/{format}",
        "/verifications",
        "/verifications/rendition",
        "/verifications/batch",
        "/public/verifications",
        "/issuer-keys",
        "/license-types",
        "/license-types/{code}",
        "/my/licenses",
        "/my/uses",
        "/my/uses/{use_id}/receipt",
        "/my/uses/{use_id}/proof",
        "/licenses/{license_id}/log-entries",
        "/log/checkpoint",
        "/log/consistency",
        "/log/entries/{entry_id}/inclusion",
        "/log/leaf-hashes",
        "/sharing/items",
        "/sharing/requests",
        "/sharing/statistics",
        "/sharing/over-asking",
        "/consents",
        "/consents/{consent_id}/grant",
        "/consents/{consent_id}/refusal",
        "/consents/{consent_id}/withdrawal",
    }
