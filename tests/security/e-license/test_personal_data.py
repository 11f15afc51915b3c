"""Personal data of licences: the same masks and the same records by page, REST and gRPC."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from pingshan.e_license.v1 import license_pb2
from pingshan.e_license.v1.license_pb2_grpc import LicenseServiceStub
from pingshan_kit.storage.tables import record
from sqlalchemy import select

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT, holder_person, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

NUMBER, NAME = "440310198502140001", "刘春生"
ORDER = {
    "type": "food-business-permit",
    "holder_name": COMPANY_NAME,
    "holder_code": COMPANY_CODE,
    "holder_code_type": "001",
    "attributes": PERMIT,
}
REASON = {"reason": "提供虚假材料", "legal_basis": "行政许可法 第六十九条"}


@pytest.fixture(scope="module")
async def rest(running: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http() as client:
        yield client


@pytest.fixture(scope="module")
def education(identity_tokens: TokenIssuer) -> dict[str, str]:
    return identity_tokens.bearer("e-license", "issuer", org="education")


@pytest.fixture(scope="module")
def teacher(identity_tokens: TokenIssuer) -> dict[str, str]:
    return identity_tokens.bearer("e-license", realm="public", org=None, act_for=[NUMBER])


def metadata(headers: dict[str, str]) -> list[tuple[str, str]]:
    return [("authorization", headers["Authorization"])]


async def looks(running: RunningService, license_id: str) -> int:
    async with running.given.database.read() as tx:
        query = select(record.c.act).where(record.c.subject == license_id, record.c.act == "license.revealed")
        return len((await tx.execute(query)).all())


def is_masked(shown: object) -> bool:
    text = json.dumps(shown, ensure_ascii=False)
    return "刘*生" in text and NAME not in text and NUMBER not in text


async def test_every_read_is_masked_and_unrecorded(
    running: RunningService,
    rest: httpx.AsyncClient,
    anybody: grpc.aio.Channel,
    education: dict[str, str],
    teacher: dict[str, str],
) -> None:
    [found] = (await rest.post("/v1/licenses/search", json={"holder_code": NUMBER}, headers=education)).json()[
        "licenses"
    ]
    stub, license_id = LicenseServiceStub(anybody), found["license_id"]
    searched = await stub.SearchLicenses(
        license_pb2.SearchLicensesRequest(holder_code=NUMBER), metadata=metadata(education)
    )
    shown = [found, MessageToDict(searched)]
    shown.append((await rest.get("/v1/my/licenses", headers=teacher)).json())
    for who in (education, teacher):
        shown.append((await rest.get(f"/v1/licenses/{license_id}", headers=who)).json())
        request = license_pb2.GetLicenseRequest(license_id=license_id)
        shown.append(MessageToDict(await stub.GetLicense(request, metadata=metadata(who))))
    assert [each for each in shown if not is_masked(each)] == []
    assert found["credential"].endswith("~")
    assert found["credential"].count("~") == 1
    async with running.pages(issuer_of("education")) as browser:
        assert NAME not in (await browser.get(f"/licenses/{license_id}")).text
        assert NAME not in (await browser.get("/workspace")).text
    assert await looks(running, license_id) == 0


async def test_each_look_behind_the_mask_is_recorded(
    running: RunningService,
    rest: httpx.AsyncClient,
    anybody: grpc.aio.Channel,
    education: dict[str, str],
    teacher: dict[str, str],
) -> None:
    [found] = (await rest.get("/v1/my/licenses", headers=teacher)).json()["licenses"]
    license_id = found["license_id"]
    before = await looks(running, license_id)
    for who in (education, teacher):
        whole = (await rest.post(f"/v1/licenses/{license_id}/reveal", headers=who)).json()
        assert (whole["holder_name"], whole["holder_code"], whole["attributes"]["id_number"]) == (NAME, NUMBER, NUMBER)
        assert whole["credential"].count("~") > 1
        request = license_pb2.RevealLicenseRequest(license_id=license_id)
        answer = await LicenseServiceStub(anybody).RevealLicense(request, metadata=metadata(who))
        assert (answer.license.holder_name, answer.license.holder_code) == (NAME, NUMBER)
    async with running.pages(holder_person(NUMBER)) as browser:
        await browser.get(f"/licenses/{license_id}")
        assert NUMBER in (await browser.post(f"/licenses/{license_id}/reveal")).text
    assert await looks(running, license_id) == before + 5


async def test_who_may_not_read_does_not_reveal_either(
    running: RunningService,
    rest: httpx.AsyncClient,
    anybody: grpc.aio.Channel,
    education: dict[str, str],
    identity_tokens: TokenIssuer,
) -> None:
    [found] = (await rest.post("/v1/licenses/search", json={"holder_code": NUMBER}, headers=education)).json()[
        "licenses"
    ]
    license_id = found["license_id"]
    before = await looks(running, license_id)
    for who in (
        identity_tokens.bearer("e-license", "issuer", "verifier", org="amr"),
        identity_tokens.bearer("e-license", "operator", org="data"),
        identity_tokens.bearer("e-license", realm="public", org=None, act_for=[COMPANY_CODE]),
    ):
        assert (await rest.post(f"/v1/licenses/{license_id}/reveal", headers=who)).status_code == 403
        request = license_pb2.RevealLicenseRequest(license_id=license_id)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await LicenseServiceStub(anybody).RevealLicense(request, metadata=metadata(who))
        assert error.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert await looks(running, license_id) == before


async def test_a_revocation_answers_masked(rest: httpx.AsyncClient, identity_tokens: TokenIssuer) -> None:
    amr = identity_tokens.bearer("e-license", "issuer", org="amr")
    issued = await rest.post(
        "/v1/licenses", json=ORDER | {"serial_number": "PD1"}, headers=amr | {"Idempotency-Key": str(uuid4())}
    )
    address = f"/v1/licenses/{issued.json()['license_id']}/revocation"
    revoked = await rest.post(address, json=REASON, headers=amr | {"Idempotency-Key": str(uuid4())})
    assert revoked.json()["state"] == "revoked"
    assert revoked.json()["attributes"]["legal_representative"] == "王*满"


async def test_the_approval_service_gets_what_it_asks_for(workflow: grpc.aio.Channel) -> None:
    answer = await LicenseServiceStub(workflow).SearchLicenses(license_pb2.SearchLicensesRequest(holder_code=NUMBER))
    assert [each.holder_code for each in answer.licenses] == [NUMBER]


@pytest.mark.parametrize(
    ("changed", "path"),
    [({"case_id": "2026-000124"}, "case_id"), ({"serial_number": "2026000124"}, "serial_number")],
)
async def test_nobody_issues_for_a_case_by_hand(
    rest: httpx.AsyncClient, identity_tokens: TokenIssuer, changed: dict[str, str], path: str
) -> None:
    amr = identity_tokens.bearer("e-license", "issuer", org="amr") | {"Idempotency-Key": str(uuid4())}
    answer = await rest.post("/v1/licenses", json=ORDER | {"serial_number": "PD2"} | changed, headers=amr)
    assert (answer.status_code, answer.json()["code"]) == (422, "PLATFORM_INVALID_REQUEST")
    assert [each["path"] for each in answer.json()["violations"]] == [path]
