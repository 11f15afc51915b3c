"""REST and gRPC of sharing: the same acts, with codes in both languages."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2, status_pb2
from joserfc import jws
from joserfc.jwk import ECKey
from pingshan.e_license.v1 import sharing_pb2
from pingshan.e_license.v1.sharing_pb2_grpc import ConsentServiceStub, SharingServiceStub
from pingshan_kit import clock

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME
from tests.support.e_license.service import RunningService
from tests.support.e_license.sharing import PURPOSE, a_person
from tests.support.tokens import TokenIssuer

QUESTION = {"predicate": "is_valid", "parameters": {"day": "2026-11-30"}}
BODY: dict[str, Any] = {
    "item": "SI-01",
    "holder_code": COMPANY_CODE,
    "holder_code_type": "001",
    "purpose": "办件 2026-000123",
    "fields": ["name"],
    "predicates": [QUESTION],
}


def once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def of_person(code: str) -> dict[str, Any]:
    return BODY | {"holder_code": code, "holder_code_type": "111"}


def metadata(tokens: TokenIssuer, *roles: str, **claims: Any) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {tokens.mint('e-license', *roles, **claims)}"),)


async def test_asked_and_answered(running: RunningService, identity_tokens: TokenIssuer) -> None:
    async with running.http(identity_tokens.bearer("e-license", "verifier", org="water")) as client:
        key = once()
        answer = await client.post("/v1/sharing/requests", json=BODY, headers=key)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert document["licenses"] == [{"type": "business-licence", "fields": {"name": COMPANY_NAME}}]
        assert document["predicates"] == {"is_valid": True}
        assert (await client.post("/v1/sharing/requests", json=BODY, headers=key)).json() == document


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_refusals_have_codes(running: RunningService, identity_tokens: TokenIssuer, language: str) -> None:
    water = identity_tokens.bearer("e-license", "verifier", org="water") | {"Accept-Language": language}
    async with running.http(water) as client:

        async def refused(**changed: Any) -> tuple[int, str, str]:
            answer = await client.post("/v1/sharing/requests", json=BODY | changed, headers=once())
            problem = answer.json()
            return answer.status_code, problem["code"], problem["detail"]

        too_much = await refused(fields=["legal_representative"])
        assert too_much[:2] == (403, "E_LICENSE_OVER_ASKED")
        assert ("字段" in too_much[2]) == (language == "zh-Hans")
        assert "{" not in too_much[2]
        assert (await refused(item="SI-99"))[:2] == (404, "E_LICENSE_SHARING_ITEM_UNKNOWN")
        assert (await refused(item="SI-02"))[:2] == (403, "E_LICENSE_OVER_ASKED")
        wrong = await refused(predicates=[{"predicate": "is_valid", "parameters": {"day": "x"}}])
        assert wrong[:2] == (422, "PLATFORM_INVALID_REQUEST")
        assert (await refused(holder_code="X"))[:2] == (422, "E_LICENSE_HOLDER_CODE_INVALID")
        assert (await refused(purpose="\0"))[0] in {400, 422}


async def test_too_many_says_when_to_come_again(running: RunningService, identity_tokens: TokenIssuer) -> None:
    person = a_person()
    async with running.http(identity_tokens.bearer("e-license", "verifier", org="water")) as client:
        for _ in range(3):
            answer = await client.post("/v1/sharing/requests", json=of_person(person), headers=once())
            assert answer.status_code == 200
        answer = await client.post("/v1/sharing/requests", json=of_person(person), headers=once())
    assert (answer.status_code, answer.json()["code"]) == (429, "E_LICENSE_HOLDER_LIMIT_REACHED")
    assert 0 < int(answer.headers["retry-after"]) <= 86_400


async def test_a_holder_without_a_mandate(running: RunningService, identity_tokens: TokenIssuer) -> None:
    stranger = identity_tokens.bearer("e-license", realm="public", org=None, act_for=[a_person()])
    async with running.http(stranger) as client:
        answer = await client.post("/v1/sharing/requests", json=BODY, headers=once())
    assert (answer.status_code, answer.json()["code"]) == (403, "E_LICENSE_NO_MANDATE")


async def test_consent_from_request_to_receipt(running: RunningService, identity_tokens: TokenIssuer) -> None:
    """An agency's system asks, the holder grants, the answer comes, and a stranger verifies the receipt."""
    person = a_person()
    system = identity_tokens.bearer("e-license", "verifier", org="education")
    holder = identity_tokens.bearer("e-license", realm="public", org=None, act_for=[person])
    terms = {
        "item": "SI-15",
        "holder_code": person,
        "holder_code_type": "111",
        "purpose": PURPOSE,
        "predicates": ["is_dwelling"],
        "uses": 1,
        "expires_on": (clock.today() + timedelta(days=10)).isoformat(),
    }
    question = terms | {"fields": [], "predicates": [{"predicate": "is_dwelling"}]}
    question = {name: value for name, value in question.items() if name not in {"uses", "expires_on"}}
    async with running.http(system) as agency, running.http(holder) as mine:
        asked = (await agency.post("/v1/consents", json=terms, headers=once())).json()
        question |= {"consent_id": asked["consent_id"]}
        early = await agency.post("/v1/sharing/requests", json=question, headers=once())
        assert early.json()["code"] == "E_LICENSE_CONSENT_NOT_GRANTED"
        [listed] = (await mine.get("/v1/consents")).json()["consents"]
        assert listed == asked
        granted = await mine.post(f"/v1/consents/{asked['consent_id']}/grant", headers=once())
        assert granted.json()["state"] == "granted"
        answer = await agency.post("/v1/sharing/requests", json=question, headers=once())
        assert answer.json()["predicates"] == {"is_dwelling": False}
        again = await agency.post("/v1/sharing/requests", json=question, headers=once())
        assert again.json()["code"] == "E_LICENSE_CONSENT_USED_UP"
        withdrawn = await mine.post(f"/v1/consents/{asked['consent_id']}/withdrawal", headers=once())
        assert withdrawn.json()["state"] == "withdrawn"
        uses = (await mine.get("/v1/my/uses")).json()
        assert uses["numbers"] == {person: 1}
        await _verified(mine, uses["uses"][0]["use_id"])


async def _verified(mine: httpx.AsyncClient, use_id: str) -> None:
    """With nothing of ours: SHA-256, JSON and a JOSE library."""
    receipt = (await mine.get(f"/v1/my/uses/{use_id}/receipt")).json()
    [key] = (await mine.get("/receipts/jwks")).json()["keys"]
    signed = jws.deserialize_compact(receipt["receipt"], ECKey.import_key(key), algorithms=["ES256"])
    statement = json.dumps(receipt["statement"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(f"{receipt['salt']}.{statement}".encode()).digest()
    assert json.loads(signed.payload)["commitment"] == urlsafe_b64encode(digest).rstrip(b"=").decode()


async def test_items_are_public(running: RunningService) -> None:
    async with running.http() as client:
        items = (await client.get("/v1/sharing/items")).json()["sharing_items"]
    assert [each["code"] for each in items] == [f"SI-{number:02d}" for number in range(1, 20)]


async def test_figures_are_for_supervisors(running: RunningService, identity_tokens: TokenIssuer) -> None:
    async with running.http(identity_tokens.bearer("e-license", "supervisor", org="hall")) as client:
        document = (await client.get("/v1/sharing/statistics", params={"days": 1})).json()
        assert document["first_day"] == document["last_day"]
        assert {"requester", "item", "outcome", "requests"} == set(document["counts"][0])
        assert (await client.get("/v1/sharing/statistics", params={"days": 0})).status_code == 422
    async with running.http(identity_tokens.bearer("e-license", "verifier", org="water")) as client:
        assert (await client.get("/v1/sharing/statistics")).status_code == 403


async def test_the_rpcs(running: RunningService, anybody: grpc.aio.Channel, identity_tokens: TokenIssuer) -> None:
    person = a_person()
    agency = metadata(identity_tokens, "verifier", org="education")
    holder = metadata(identity_tokens, realm="public", org=None, act_for=[person])
    sharing, consents = SharingServiceStub(anybody), ConsentServiceStub(anybody)
    items = await sharing.ListSharingItems(sharing_pb2.ListSharingItemsRequest(), metadata=agency)
    assert len(items.sharing_items) == 19
    asked = await consents.RequestConsent(
        sharing_pb2.RequestConsentRequest(
            request_id=str(uuid4()),
            item="SI-15",
            holder_code=person,
            holder_code_type="111",
            purpose=PURPOSE,
            predicates=["is_dwelling"],
            uses=1,
            expires_on=clock.today().isoformat(),
        ),
        metadata=agency,
    )
    consent_id = asked.consent.consent_id
    grant = sharing_pb2.GrantConsentRequest(request_id=str(uuid4()), consent_id=consent_id)
    granted = await consents.GrantConsent(grant, metadata=holder)
    assert granted.consent.state == sharing_pb2.CONSENT_STATE_GRANTED
    request = sharing_pb2.RequestDataRequest(
        request_id=str(uuid4()),
        item="SI-15",
        holder_code=person,
        holder_code_type="111",
        purpose=PURPOSE,
        predicates=[sharing_pb2.PredicateQuestion(predicate="is_dwelling")],
        consent_id=consent_id,
    )
    answer = await sharing.RequestData(request, metadata=agency)
    assert dict(answer.predicates) == {"is_dwelling": False}
    withdraw = sharing_pb2.WithdrawConsentRequest(request_id=str(uuid4()), consent_id=consent_id)
    withdrawn = await consents.WithdrawConsent(withdraw, metadata=holder)
    assert withdrawn.consent.state == sharing_pb2.CONSENT_STATE_WITHDRAWN
    refuse = sharing_pb2.RefuseConsentRequest(request_id=str(uuid4()), consent_id=consent_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await consents.RefuseConsent(refuse, metadata=holder)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    listed = await consents.ListConsents(sharing_pb2.ListConsentsRequest(), metadata=holder)
    assert [each.consent_id for each in listed.consents] == [consent_id]
    figures = metadata(identity_tokens, "supervisor", org="hall")
    counts = await sharing.GetSharingStatistics(sharing_pb2.GetSharingStatisticsRequest(), metadata=figures)
    assert counts.counts


async def test_a_quota_over_grpc_says_when_to_come_again(
    running: RunningService, anybody: grpc.aio.Channel, identity_tokens: TokenIssuer
) -> None:
    person, water = a_person(), metadata(identity_tokens, "verifier", org="water")

    def request() -> sharing_pb2.RequestDataRequest:
        return sharing_pb2.RequestDataRequest(
            request_id=str(uuid4()),
            item="SI-01",
            holder_code=person,
            holder_code_type="111",
            purpose="核对",
            fields=["name"],
        )

    for _ in range(3):
        await SharingServiceStub(anybody).RequestData(request(), metadata=water)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await SharingServiceStub(anybody).RequestData(request(), metadata=water)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    details = list(_details(refused.value))
    assert 0 < details[0].retry_delay.seconds <= 86_400


def _details(error: grpc.aio.AioRpcError) -> Any:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            for detail in status_pb2.Status.FromString(value).details:
                found = error_details_pb2.RetryInfo()
                if detail.Unpack(found):
                    yield found
