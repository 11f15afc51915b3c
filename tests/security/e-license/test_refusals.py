"""What e-license refuses: each by gRPC and by REST, with the same code, in both languages, leaving nothing behind."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc, verification_pb2, verification_pb2_grpc
from sqlalchemy import text

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT, holder_person, issuer_of, verifier
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

GOOD: dict[str, Any] = {
    "type": "food-business-permit",
    "serial_number": "X1",
    "holder_name": COMPANY_NAME,
    "holder_code": COMPANY_CODE,
    "holder_code_type": "001",
    "attributes": PERMIT,
}
OTHER = "11440310TEXT00025J"
_STATUS = grpc.StatusCode
REFUSED: dict[str, tuple[dict[str, Any], str, int, grpc.StatusCode]] = {
    "unknown type": ({"type": "flying-permit"}, "E_LICENSE_TYPE_UNKNOWN", 404, _STATUS.NOT_FOUND),
    "another agency's type": ({"type": "drainage-permit"}, "E_LICENSE_TYPE_NOT_OURS", 403, _STATUS.PERMISSION_DENIED),
    "holder code failing its checksum": (
        {"holder_code": "91440310TEXT10001A"},
        "E_LICENSE_HOLDER_CODE_INVALID",
        422,
        _STATUS.INVALID_ARGUMENT,
    ),
    "person number of another kind of holder": (
        {"holder_code": "440310198502140001", "holder_code_type": "111"},
        "E_LICENSE_HOLDER_CODE_INVALID",
        422,
        _STATUS.INVALID_ARGUMENT,
    ),
    "document not matching its schema": (
        {"attributes": {"operator_name": ""}},
        "E_LICENSE_ATTRIBUTES_INVALID",
        422,
        _STATUS.INVALID_ARGUMENT,
    ),
    "unknown attribute": (
        {"attributes": PERMIT | {"iss": "me"}},
        "E_LICENSE_ATTRIBUTES_INVALID",
        422,
        _STATUS.INVALID_ARGUMENT,
    ),
    "lower-case serial": ({"serial_number": "x1"}, "PLATFORM_INVALID_REQUEST", 422, _STATUS.INVALID_ARGUMENT),
    "serial of 33": ({"serial_number": "1" * 33}, "PLATFORM_INVALID_REQUEST", 422, _STATUS.INVALID_ARGUMENT),
    "no holder name": ({"holder_name": " "}, "PLATFORM_INVALID_REQUEST", 422, _STATUS.INVALID_ARGUMENT),
    "end before start": (
        {"effective_on": "2030-01-01", "expires_on": "2029-12-31"},
        "E_LICENSE_PERIOD_INVALID",
        422,
        _STATUS.INVALID_ARGUMENT,
    ),
    "no valid business licence": (
        {"holder_code": OTHER, "attributes": PERMIT | {"unified_social_credit_code": OTHER}},
        "E_LICENSE_PREREQUISITE_MISSING",
        409,
        _STATUS.FAILED_PRECONDITION,
    ),
}


@pytest.fixture(scope="module")
def tokens(identity_tokens: TokenIssuer) -> dict[str, str]:
    return {
        "amr": identity_tokens.mint("e-license", "issuer", "verifier", org="amr"),
        "police": identity_tokens.mint("e-license", "issuer", org="police"),
        "verifier": identity_tokens.mint("e-license", "verifier", org="amr"),
        "nobody": identity_tokens.mint("e-license", org="amr"),
        "for another service": identity_tokens.mint("alerts", "issuer", org="amr"),
        "expired": identity_tokens.mint("e-license", "issuer", org="amr", exp=1),
        "public": identity_tokens.mint("e-license", realm="public", org=None, act_for=["440310198502140001"]),
    }


@pytest.fixture(scope="module")
async def rest(running: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http() as client:
        yield client


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())} | more


def metadata(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def request(**changed: Any) -> license_pb2.IssueLicenseRequest:
    fields = GOOD | {"request_id": str(uuid4())} | changed
    return license_pb2.IssueLicenseRequest(**fields | {"attributes": ParseDict(fields["attributes"], Struct())})


def reason(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)
    for detail in status.details:
        if detail.Is(ErrorInfo.DESCRIPTOR):
            info = ErrorInfo()
            detail.Unpack(info)
            return str(info.reason)
    raise AssertionError("no ErrorInfo")


async def licences(running: RunningService) -> int:
    async with running.given.database.read() as tx:
        return int((await tx.execute(text("SELECT count(*) FROM license"))).scalar_one())


@pytest.mark.parametrize("case", REFUSED)
async def test_refused_orders(
    running: RunningService, rest: httpx.AsyncClient, anybody: grpc.aio.Channel, tokens: dict[str, str], case: str
) -> None:
    changed, code, http, status = REFUSED[case]
    before = await licences(running)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await license_pb2_grpc.LicenseServiceStub(anybody).IssueLicense(
            request(**changed), metadata=metadata(tokens["amr"])
        )
    assert (reason(error.value), error.value.code()) == (code, status)
    sentences = set()
    for language in ("zh-Hans", "en"):
        headers = bearer(tokens["amr"], **{"Accept-Language": language})
        answer = await rest.post("/v1/licenses", json=GOOD | changed, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (http, code)
        assert answer.headers["content-type"].startswith("application/problem+json")
        sentences.add(answer.json()["detail"])
    assert len(sentences) == 2
    assert await licences(running) == before


async def test_every_violation_is_listed(rest: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    body = GOOD | {"attributes": {"operator_name": "", "business_form": "小摊", "stars": 5}}
    answer = await rest.post("/v1/licenses", json=body, headers=bearer(tokens["amr"]))
    assert {each["path"] for each in answer.json()["violations"]} == {
        "attributes.operator_name",
        "attributes.business_form",
        "attributes.stars",
        "attributes.unified_social_credit_code",
        "attributes.legal_representative",
        "attributes.premises",
        "attributes.business_items",
    }


@pytest.mark.parametrize("code", ["household-register", "residence-permit", "resident-identity-card"])
async def test_collected_and_relayed_types_are_never_issued(
    rest: httpx.AsyncClient, tokens: dict[str, str], code: str
) -> None:
    answer = await rest.post("/v1/licenses", json=GOOD | {"type": code}, headers=bearer(tokens["police"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "E_LICENSE_TYPE_NOT_ISSUED_HERE")


@pytest.mark.parametrize(
    ("who", "http", "code"),
    [
        ("verifier", 403, "PLATFORM_FORBIDDEN"),
        ("nobody", 403, "PLATFORM_FORBIDDEN"),
        ("public", 403, "PLATFORM_FORBIDDEN"),
        ("for another service", 401, "PLATFORM_UNAUTHENTICATED"),
        ("expired", 401, "PLATFORM_UNAUTHENTICATED"),
    ],
)
async def test_who_may_not_issue(
    rest: httpx.AsyncClient, anybody: grpc.aio.Channel, tokens: dict[str, str], who: str, http: int, code: str
) -> None:
    answer = await rest.post("/v1/licenses", json=GOOD, headers=bearer(tokens[who]))
    assert (answer.status_code, answer.json()["code"]) == (http, code)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await license_pb2_grpc.LicenseServiceStub(anybody).IssueLicense(request(), metadata=metadata(tokens[who]))
    assert reason(error.value) == code


async def test_without_a_token(rest: httpx.AsyncClient, anybody: grpc.aio.Channel) -> None:
    for method, path in [
        ("POST", "/v1/licenses"),
        ("POST", "/v1/licenses/search"),
        ("GET", f"/v1/licenses/{uuid4()}"),
        ("POST", f"/v1/licenses/{uuid4()}/revocation"),
        ("POST", "/v1/verifications"),
        ("GET", "/v1/my/licenses"),
    ]:
        answer = await rest.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code in {401, 422}, path
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await license_pb2_grpc.LicenseServiceStub(anybody).IssueLicense(request())
    assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_workflow_issues_only_for_a_case(workflow: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await license_pb2_grpc.LicenseServiceStub(workflow).IssueLicense(request(serial_number="W1"))
    assert reason(error.value) == "PLATFORM_FORBIDDEN"


async def test_an_undeclared_edge_is_refused(workflow: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await license_pb2_grpc.LicenseServiceStub(workflow).RevokeLicense(
            license_pb2.RevokeLicenseRequest(request_id=str(uuid4()), license_id=str(uuid4()))
        )
    assert error.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_second_issue_of_a_serial(rest: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    first = GOOD | {"serial_number": "T1"}
    assert (await rest.post("/v1/licenses", json=first, headers=bearer(tokens["amr"]))).status_code == 201
    other = first | {"attributes": PERMIT | {"premises": "别处"}}
    answer = await rest.post("/v1/licenses", json=other, headers=bearer(tokens["amr"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "E_LICENSE_SERIAL_TAKEN")


async def test_a_request_id_with_another_body(rest: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    headers = bearer(tokens["amr"])
    assert (await rest.post("/v1/licenses", json=GOOD | {"serial_number": "T2"}, headers=headers)).status_code == 201
    answer = await rest.post("/v1/licenses", json=GOOD | {"serial_number": "T3"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "PLATFORM_REQUEST_ID_REUSED")


async def test_without_a_request_id(rest: httpx.AsyncClient, anybody: grpc.aio.Channel, tokens: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tokens['amr']}"}
    assert (await rest.post("/v1/licenses", json=GOOD, headers=headers)).status_code == 422
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await license_pb2_grpc.LicenseServiceStub(anybody).IssueLicense(
            request(request_id=""), metadata=metadata(tokens["amr"])
        )
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_reading_and_revoking_what_is_not_ours(rest: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    body = GOOD | {"serial_number": "T4"}
    issued = (await rest.post("/v1/licenses", json=body, headers=bearer(tokens["amr"]))).json()
    address = f"/v1/licenses/{issued['license_id']}"
    for who in ("police", "verifier", "nobody", "public"):
        assert (await rest.get(address, headers=bearer(tokens[who]))).status_code == 403
        revocation = {"reason": "原因", "legal_basis": "依据"}
        answer = await rest.post(f"{address}/revocation", json=revocation, headers=bearer(tokens[who]))
        assert answer.status_code == 403
    for who in ("verifier", "nobody", "public"):
        assert (await rest.post("/v1/licenses/search", json={}, headers=bearer(tokens[who]))).status_code == 403
    others = await rest.post(
        "/v1/licenses/search", json={"holder_code": COMPANY_CODE}, headers=bearer(tokens["police"])
    )
    assert others.json()["licenses"] == []


async def test_revocation_is_final_and_has_its_reasons(rest: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    body = GOOD | {"serial_number": "T5"}
    issued = (await rest.post("/v1/licenses", json=body, headers=bearer(tokens["amr"]))).json()
    address = f"/v1/licenses/{issued['license_id']}/revocation"
    for missing in (
        {"reason": "", "legal_basis": "依据"},
        {"reason": "原因", "legal_basis": " "},
        {"reason": "字" * 501, "legal_basis": "依据"},
    ):
        answer = await rest.post(address, json=missing, headers=bearer(tokens["amr"]))
        assert (answer.status_code, answer.json()["code"]) == (422, "PLATFORM_INVALID_REQUEST")
    good = {"reason": "原因", "legal_basis": "依据"}
    assert (await rest.post(address, json=good, headers=bearer(tokens["amr"]))).status_code == 200
    again = await rest.post(address, json=good, headers=bearer(tokens["amr"]))
    assert (again.status_code, again.json()["code"]) == (409, "E_LICENSE_ALREADY_REVOKED")
    gone = await rest.post(f"/v1/licenses/{uuid4()}/revocation", json=good, headers=bearer(tokens["amr"]))
    assert (gone.status_code, gone.json()["code"]) == (404, "E_LICENSE_NOT_FOUND")


@pytest.mark.parametrize(
    "identifier",
    [
        "1.2.156.3005.2.11440310TEXT00017P001.11440310TEXT00017P.202600000001.001.0",
        "1.2.156.3005.2.11440310text00017p001.11440310text00017p.202600000001.001.s",
        "",
        "' OR 1=1 --",
        "9" * 100_000,
    ],
)
async def test_malformed_identifiers(anybody: grpc.aio.Channel, tokens: dict[str, str], identifier: str) -> None:
    answer = await verification_pb2_grpc.VerificationServiceStub(anybody).VerifyLicense(
        verification_pb2.VerifyLicenseRequest(identifier=identifier, purpose="核对"), metadata=metadata(tokens["amr"])
    )
    assert answer.result == verification_pb2.VERIFICATION_RESULT_MALFORMED
    assert not answer.HasField("license")


@pytest.mark.parametrize("purpose", ["", "  ", "字" * 201])
async def test_verification_needs_a_purpose(rest: httpx.AsyncClient, tokens: dict[str, str], purpose: str) -> None:
    body = {"identifier": "1.2.3", "purpose": purpose}
    answer = await rest.post("/v1/verifications", json=body, headers=bearer(tokens["amr"]))
    assert (answer.status_code, answer.json()["code"]) == (422, "PLATFORM_INVALID_REQUEST")


async def test_who_may_not_verify(rest: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    for who in ("nobody", "public"):
        answer = await rest.post(
            "/v1/verifications", json={"identifier": "1.2.3", "purpose": "核对"}, headers=bearer(tokens[who])
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "PLATFORM_FORBIDDEN")


@pytest.mark.parametrize(("size", "status"), [(-1, 422), (201, 200), (10_000, 200), (2**31, 200)])
async def test_page_sizes(rest: httpx.AsyncClient, tokens: dict[str, str], size: int, status: int) -> None:
    """AIP-158: below zero is refused, more than the largest page gives the largest page."""
    answer = await rest.post("/v1/licenses/search", json={"page_size": size}, headers=bearer(tokens["amr"]))
    assert answer.status_code == status
    answer = await rest.get("/v1/license-types", params={"page_size": size})
    assert answer.status_code == status


async def test_page_tokens_that_nobody_gave(rest: httpx.AsyncClient, tokens: dict[str, str]) -> None:
    answer = await rest.post("/v1/licenses/search", json={"page_token": "x' --"}, headers=bearer(tokens["amr"]))
    assert answer.status_code == 422
    assert (await rest.get("/v1/license-types", params={"page_token": "99999999999999999999"})).status_code == 422


async def test_numbers_that_are_none(anybody: grpc.aio.Channel, tokens: dict[str, str]) -> None:
    odd = request(serial_number="N1")
    odd.attributes["operator_name"] = float("nan")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await license_pb2_grpc.LicenseServiceStub(anybody).IssueLicense(odd, metadata=metadata(tokens["amr"]))
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_forms_only_from_our_own_pages(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        await browser.get("/workspace/issue/food-business-permit")
        browser.html = ""
        answer = await browser.post("/workspace/issue/food-business-permit", holder_name="x")
        assert answer.status_code == 403


async def test_pages_for_other_roles(running: RunningService) -> None:
    async with running.pages(verifier("amr")) as browser:
        assert (await browser.get("/workspace")).status_code == 403
        assert (await browser.get("/workspace/issue/food-business-permit")).status_code == 403
    async with running.pages(issuer_of("health")) as browser:
        assert (await browser.get("/workspace/issue/food-business-permit")).status_code == 404
    async with running.pages(issuer_of("police")) as browser:
        assert (await browser.get("/workspace/issue/household-register")).status_code == 404
    async with running.pages(holder_person(COMPANY_CODE)) as browser:
        assert (await browser.get("/verify")).status_code == 403
        assert (await browser.get(f"/licenses/{uuid4()}")).status_code == 404
        assert (await browser.get("/licenses/none")).status_code == 404


async def test_what_is_typed_is_never_markup(running: RunningService) -> None:
    async with running.pages(verifier("fire")) as browser:
        await browser.get("/verify")
        answer = await browser.post("/verify", identifier="<script>alert(1)</script>", purpose="<b>x")
        assert "<script>alert" not in answer.text
        assert "<b>x" not in answer.text


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800"], ids=["NUL", "lone surrogate"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/licenses", GOOD | {"type": "ODD"}),
        ("/v1/licenses", GOOD | {"serial_number": "ODD"}),
        ("/v1/licenses", GOOD | {"holder_name": "甲ODD"}),
        ("/v1/licenses", GOOD | {"holder_code": "ODD"}),
        ("/v1/licenses", GOOD | {"holder_code_type": "ODD"}),
        ("/v1/licenses", GOOD | {"case_id": "ODD"}),
        ("/v1/licenses", GOOD | {"attributes": PERMIT | {"premises": "甲ODD"}}),
        ("/v1/licenses", GOOD | {"attributes": PERMIT | {"legal_representative": "甲ODD"}}),
        ("/v1/licenses", GOOD | {"attributes": PERMIT | {"ODD": "甲"}}),
        ("/v1/licenses/search", {"type": "ODD"}),
        ("/v1/licenses/search", {"holder_code": "ODD"}),
        ("/v1/verifications", {"identifier": "1.2.3", "purpose": "甲ODD"}),
    ],
)
async def test_characters_that_cannot_be_kept(
    rest: httpx.AsyncClient, tokens: dict[str, str], path: str, body: dict[str, Any], odd: str
) -> None:
    headers = bearer(tokens["amr"], **{"Content-Type": "application/json"})
    answer = await rest.post(path, content=json.dumps(body).replace("ODD", odd), headers=headers)
    assert unreadable(answer), answer.text


@pytest.mark.parametrize("odd", ["%00", "%ED%A0%80", "%FF"], ids=["NUL", "lone surrogate", "no UTF-8"])
async def test_no_address_holds_characters_that_cannot_be_kept(rest: httpx.AsyncClient, odd: str) -> None:
    for path in (f"license-types?text={odd}", f"license-types?agency={odd}", f"license-types/{odd}"):
        answer = await rest.get(f"/v1/{path}")
        assert unreadable(answer), answer.text


def unreadable(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (400, "PLATFORM_UNREADABLE")
