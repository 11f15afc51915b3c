"""Renewals, changes and corrections: the next version, and what became of the one before."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from joserfc import jws
from pingshan.e_license.v1 import license_pb2
from pingshan.e_license.v1.license_pb2_grpc import LicenseServiceStub
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license
from pingshan_kit import clock
from pingshan_kit.storage.tables import record
from sqlalchemy import select, text

from tests.support.e_license.orders import COMPANY_CODE, PERMIT, issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.forms import leads_to, twice
from tests.support.tokens import TokenIssuer

GROUNDS = {"reason": "期满延续", "legal_basis": "行政许可法 第五十条"}
AMR = issuer_of("amr")
FORM = {
    "attributes.operator_name": PERMIT["operator_name"],
    "attributes.unified_social_credit_code": COMPANY_CODE,
    "attributes.premises": PERMIT["premises"],
    "attributes.business_form": PERMIT["business_form"],
    "attributes.business_items": "热食类食品制售",
}


@pytest.fixture(scope="module")
async def amr(running: RunningService, identity_tokens: TokenIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http(identity_tokens.bearer("e-license", "issuer", "verifier", org="amr")) as client:
        yield client


async def permit(running: RunningService, **changed: Any) -> Any:
    return (await issue_license(running.given, AMR, issue_permit(f"V{uuid4().int % 10**12}", **changed))).license


async def made(client: httpx.AsyncClient, license_id: object, act: str, **more: Any) -> httpx.Response:
    key = {"Idempotency-Key": str(more.pop("key", uuid4()))}
    return await client.post(f"/v1/licenses/{license_id}/versions", json=GROUNDS | {"act": act} | more, headers=key)


async def test_a_renewal_supersedes_in_one_transaction(running: RunningService, amr: httpx.AsyncClient) -> None:
    last = clock.today() + timedelta(days=20)
    old = await permit(running, effective_on=clock.today() - timedelta(days=5), expires_on=last)
    key = uuid4()
    answer = await made(amr, old.license_id, "renewed", key=key)
    assert answer.status_code == 201, answer.text
    new = answer.json()
    assert (new["version"], new["state"], new["serial_number"]) == (2, "valid", old.serial_number)
    assert new["identifier"].split(".")[:-2] == old.identifier.split(".")[:-2]
    assert new["identifier"].split(".")[-2] == "002"
    assert new["effective_on"] == clock.today().isoformat()
    assert new["expires_on"] > (clock.today() + timedelta(days=4 * 365)).isoformat()
    assert (await made(amr, old.license_id, "renewed", key=key)).json() == new
    other = await made(amr, old.license_id, "changed", key=key)
    assert other.json()["code"] == "PLATFORM_REQUEST_ID_REUSED"
    again = await made(amr, old.license_id, "renewed")
    assert (again.status_code, again.json()["code"]) == (409, "E_LICENSE_SUPERSEDED")

    question = {"identifier": old.identifier, "purpose": "现场检查"}
    verified = (await amr.post("/v1/verifications", json=question)).json()
    assert (verified["result"], verified["state"]) == ("not_valid", "superseded")
    [sentence] = [each["sentence_en"] for each in verified["checks"] if each["code"] == "state"]
    assert "version 2" in sentence
    assert new["identifier"] in sentence
    question = {"identifier": new["identifier"], "purpose": "现场检查"}
    assert (await amr.post("/v1/verifications", json=question)).json()["result"] == "valid"

    third = (await made(amr, new["license_id"], "renewed")).json()
    assert third["version"] == 3
    async with running.given.database.read() as tx:
        query = select(record.c.act).where(record.c.subject.in_([str(old.license_id), new["license_id"]]))
        acts = [each for each in (await tx.execute(query.order_by(record.c.id))).scalars() if "verified" not in each]
    assert acts == ["license.issued", "license.superseded", "license.renewed", "license.superseded"]


async def test_a_change_keeps_the_end_and_what_is_masked(running: RunningService, amr: httpx.AsyncClient) -> None:
    old = await permit(running)
    shown = (await amr.get(f"/v1/licenses/{old.license_id}")).json()["attributes"]
    moved = shown | {"premises": "坪山区金龙路1号"}
    new = (await made(amr, old.license_id, "changed", attributes=moved)).json()
    assert new["expires_on"] == old.period.expires_on.isoformat()
    revealed = (await amr.post(f"/v1/licenses/{new['license_id']}/reveal")).json()
    assert revealed["attributes"] == PERMIT | {"premises": "坪山区金龙路1号"}
    signed = jws.extract_compact(revealed["credential"].split("~")[0].encode())
    assert json.loads(signed.payload)["identifier"] == new["identifier"]


async def test_a_renewal_is_refused_while_suspended(running: RunningService, amr: httpx.AsyncClient) -> None:
    old = await permit(running)
    key = {"Idempotency-Key": str(uuid4())}
    await amr.post(f"/v1/licenses/{old.license_id}/suspension", json=GROUNDS, headers=key)
    for act in ("renewed", "changed", "corrected"):
        refused = await made(amr, old.license_id, act)
        assert (refused.status_code, refused.json()["code"]) == (409, "E_LICENSE_SUSPENDED")


@pytest.mark.parametrize(
    ("act", "changed", "code"),
    [
        ("renewed", {"holder_code": "11440310TEXT00025J"}, "PLATFORM_INVALID_REQUEST"),
        ("renewed", {"effective_on": "2099-01-01"}, "E_LICENSE_PERIOD_INVALID"),
        ("renewed", {"effective_on": "0001-01-01"}, "E_LICENSE_PERIOD_INVALID"),
        ("renewed", {"expires_on": "2020-01-01"}, "E_LICENSE_PERIOD_INVALID"),
        ("changed", {"expires_on": "2099-01-01"}, "E_LICENSE_PERIOD_INVALID"),
        ("changed", {"attributes": {"operator_name": ""}}, "E_LICENSE_ATTRIBUTES_INVALID"),
        ("corrected", {"holder_code": "91440310TEXT10001A"}, "E_LICENSE_HOLDER_CODE_INVALID"),
        (
            "corrected",
            {
                "holder_code": "11440310TEXT00033D",
                "attributes": PERMIT | {"unified_social_credit_code": "11440310TEXT00033D"},
            },
            "E_LICENSE_PREREQUISITE_MISSING",
        ),
        ("corrected", {"reason": " "}, "PLATFORM_INVALID_REQUEST"),
        ("restored", {}, "PLATFORM_INVALID_REQUEST"),
        ("revoked", {}, "PLATFORM_INVALID_REQUEST"),
    ],
)
async def test_what_a_new_version_is_refused(
    running: RunningService, amr: httpx.AsyncClient, act: str, changed: dict[str, Any], code: str
) -> None:
    old = await permit(running)
    refused = await made(amr, old.license_id, act, **changed)
    assert refused.json()["code"] == code, refused.text
    assert (await amr.get(f"/v1/licenses/{old.license_id}")).json()["state"] == "valid"


async def test_a_slip_is_corrected_and_the_case_keeps_its_licence(
    running: RunningService, workflow: grpc.aio.Channel, amr: httpx.AsyncClient
) -> None:
    order = license_pb2.IssueLicenseRequest(
        request_id=str(uuid4()),
        type="food-business-permit",
        serial_number="2026000777",
        holder_name="深圳市坪山区小满餐饮",
        holder_code=COMPANY_CODE,
        holder_code_type="001",
        attributes=ParseDict(PERMIT, Struct()),
        case_id="2026-000777",
    )
    old = (await LicenseServiceStub(workflow).IssueLicense(order)).license
    new = (await made(amr, old.license_id, "corrected", holder_name="深圳市坪山区小满餐饮有限公司")).json()
    assert (new["holder_name"], new["case_id"]) == ("深圳市坪山区小满餐饮有限公司", "2026-000777")
    assert (new["effective_on"], new["expires_on"]) == (old.effective_on, old.expires_on)
    order.request_id = str(uuid4())
    assert (await LicenseServiceStub(workflow).IssueLicense(order)).license.license_id == old.license_id
    renewed = (await made(amr, new["license_id"], "renewed")).json()
    assert renewed["case_id"] == ""


async def test_by_grpc(running: RunningService, anybody: grpc.aio.Channel, identity_tokens: TokenIssuer) -> None:
    metadata = (("authorization", f"Bearer {identity_tokens.mint('e-license', 'issuer', org='amr')}"),)
    old = await permit(running)
    request = license_pb2.RenewLicenseRequest(
        request_id=str(uuid4()), license_id=str(old.license_id), act=license_pb2.LICENSE_ACT_CHANGE, **GROUNDS
    )
    changed = await LicenseServiceStub(anybody).RenewLicense(request, metadata=metadata)
    assert changed.license.version == 2
    assert await LicenseServiceStub(anybody).RenewLicense(request, metadata=metadata) == changed
    listed = await LicenseServiceStub(anybody).SearchLicenses(
        license_pb2.SearchLicensesRequest(text=old.serial_number, state=license_pb2.LICENSE_STATE_SUPERSEDED),
        metadata=metadata,
    )
    assert [each.version for each in listed.licenses] == [1]
    expiring = await LicenseServiceStub(anybody).ListExpiringLicenses(
        license_pb2.ListExpiringLicensesRequest(days=1), metadata=metadata
    )
    assert not {each.license_id for each in expiring.licenses} & {str(old.license_id)}


async def test_the_form_is_filled_in_and_leaves_personal_data_alone(running: RunningService) -> None:
    old = await permit(running)
    address = f"/licenses/{old.license_id}"
    async with running.pages(AMR) as browser:
        page = (await browser.get(f"{address}/renew")).text
        assert PERMIT["premises"] in page
        assert "热食类食品制售\n冷食类食品制售" in page
        assert "王" not in page.replace("王小满餐饮", "")
        refused = await browser.post(f"{address}/renew", **FORM | {"attributes.business_form": ""} | GROUNDS)
        assert refused.status_code == 422
        assert 'href="#attributes.business_form">主体业态：' in refused.text
        done = await browser.post(f"{address}/renew", **FORM | GROUNDS)
        assert done.status_code == 303
        page = (await browser.get(done.headers["location"])).text
        assert "第 2 版" in page
        assert "延续" in page
        shown = await browser.post(done.headers["location"].split("?")[0] + "/reveal")
        assert "王小满" in shown.text
        assert "冷食类食品制售" not in shown.text
        superseded = await browser.get(address)
        assert "打开第 2 版" in superseded.text
        assert (await browser.get(f"{address}/renew")).status_code == 404


async def test_a_person_s_licence_is_corrected_by_its_form(running: RunningService) -> None:
    async with running.given.database.read() as tx:
        query = text("SELECT license_id, agency FROM license WHERE type = 'teacher-qualification'")
        license_id, agency = (await tx.execute(query)).one()
    async with running.pages(issuer_of(agency)) as browser:
        page = (await browser.get(f"/licenses/{license_id}/correct")).text
        assert "刘" not in page.split('<form method="post"')[-1]
        form = {"attributes.qualification_kind": "小学", "attributes.subject": "数学"}
        form |= {"attributes.certified_on": "2019-07-01", "effective_on": "2019-07-01", "long_term": "true"}
        done = await browser.post(f"/licenses/{license_id}/correct", **form | GROUNDS)
        assert done.status_code == 303, done.text
        shown = await browser.get(done.headers["location"])
        assert "数学" in shown.text
        revealed = await browser.post(done.headers["location"].split("?")[0] + "/reveal")
        assert "440310198502140001" in revealed.text


async def test_a_double_click_makes_one_version(running: RunningService) -> None:
    old = await permit(running)
    address = f"/licenses/{old.license_id}/renew"
    async with running.pages(AMR) as browser:
        shown = await browser.get(address)
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
        leads_to(await twice(browser.client, shown.text, address, FORM | GROUNDS, cookies))
    assert await versions(running, old.serial_number) == [("superseded", 1), ("valid", 2)]


async def test_two_at_once_make_one_version(running: RunningService, amr: httpx.AsyncClient) -> None:
    old = await permit(running)
    answers = await asyncio.gather(*(made(amr, old.license_id, "renewed") for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert await versions(running, old.serial_number) == [("superseded", 1), ("valid", 2)]


async def versions(running: RunningService, serial_number: str) -> list[tuple[str, int]]:
    async with running.given.database.read() as tx:
        query = text("SELECT standing, version FROM license WHERE serial_number = :serial ORDER BY version")
        return [(row.standing, row.version) for row in await tx.execute(query, {"serial": serial_number})]


async def test_a_correction_to_the_right_holder_takes_the_ground_from_the_wrong_one(
    running: RunningService, amr: httpx.AsyncClient
) -> None:
    wrong, right = "11440310TEXT000418", "11440310TEXT00025J"
    content: dict[str, Any] = {
        "name": "某单位",
        "entity_type": "有限责任公司",
        "legal_representative": "王小满",
        "registered_capital": 500000,
        "established_on": "2024-03-15",
        "business_scope": "餐饮服务。",
        "domicile": "坪山大道2007号",
    }
    order = IssueLicense(
        request_id=uuid4(),
        type="business-licence",
        serial_number=f"V{uuid4().int % 10**12}",
        holder=Holder("某单位", wrong, "001"),
        attributes=content | {"unified_social_credit_code": wrong},
        effective_on=clock.today(),
        expires_on=clock.today() + timedelta(days=400),
    )
    business = (await issue_license(running.given, AMR, order)).license
    stood = await permit(running, holder=Holder("某单位", wrong, "001"))
    mended = {"holder_code": right, "attributes": content | {"unified_social_credit_code": right}}
    assert (await made(amr, business.license_id, "corrected", **mended)).status_code == 201
    assert (await amr.get(f"/v1/licenses/{stood.license_id}")).json()["flagged"] is True
