"""Decisions on licences: by page, REST and gRPC, what follows from them, and what each is refused."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from pingshan.e_license.v1 import license_pb2
from pingshan.e_license.v1.license_pb2_grpc import LicenseServiceStub
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_events.e_license import LicenseChanged
from pingshan_kit.storage.tables import outbox, record
from sqlalchemy import select, text

from tests.support.e_license.life_cycle import GROUNDS, act, business, once, permit
from tests.support.e_license.orders import COMPANY_NAME, issuer_of, verifier
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

OTHER_CODE = "11440310TEXT00025J"


@pytest.fixture(scope="module")
async def amr(running: RunningService, identity_tokens: TokenIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http(identity_tokens.bearer("e-license", "issuer", "verifier", org="amr")) as client:
        yield client


@pytest.fixture(scope="module")
def metadata(identity_tokens: TokenIssuer) -> tuple[tuple[str, str], ...]:
    token = identity_tokens.mint("e-license", "issuer", "verifier", org="amr")
    return (("authorization", f"Bearer {token}"),)


async def acts(given: Dependencies, license_id: str) -> list[str]:
    async with given.database.read() as tx:
        query = select(record.c.act).where(record.c.subject == license_id).order_by(record.c.id)
        return list((await tx.execute(query)).scalars())


async def told(given: Dependencies, license_id: str) -> list[str]:
    """Subjects of the events of a licence, and the act that the last one names."""
    async with given.database.read() as tx:
        query = select(outbox.c.subject, outbox.c.payload).where(outbox.c.aggregate_id == license_id)
        rows = (await tx.execute(query.order_by(outbox.c.position))).all()
    return [
        LicenseChanged.model_validate_json(row.payload).act if row.subject.endswith("changed.v1") else row.subject
        for row in rows
    ]


async def verified(client: httpx.AsyncClient, identifier: str) -> Any:
    question = {"identifier": identifier, "purpose": "现场检查"}
    return (await client.post("/v1/verifications", json=question)).json()


def check(answer: Any, code: str) -> Any:
    return next((each for each in answer["checks"] if each["code"] == code), None)


async def test_suspended_and_resumed(running: RunningService, amr: httpx.AsyncClient) -> None:
    license_id = await permit(running.given)
    suspended = (await act(amr, license_id, "suspension")).json()
    assert suspended["state"] == "suspended"
    answer = await verified(amr, suspended["identifier"])
    assert (answer["result"], answer["state"], check(answer, "state")["passed"]) == ("not_valid", "suspended", False)
    assert (await act(amr, license_id, "suspension")).json()["code"] == "E_LICENSE_TRANSITION_REFUSED"
    assert (await act(amr, license_id, "resumption")).json()["state"] == "valid"
    assert (await verified(amr, suspended["identifier"]))["result"] == "valid"
    assert await acts(running.given, license_id) == [
        "license.issued",
        "license.suspended",
        "license.verified",
        "license.resumed",
        "license.verified",
    ]
    assert await told(running.given, license_id) == ["e-license.license.issued.v1", "suspended", "resumed"]


@pytest.mark.parametrize(
    ("noun", "state"),
    [
        ("revocation", "revoked"),
        ("rescission", "rescinded"),
        ("cancellation", "cancelled"),
        ("lapse", "lapsed"),
        ("transfer-out", "transferred_out"),
    ],
)
async def test_what_is_final_only_a_decision_restores(
    running: RunningService, amr: httpx.AsyncClient, noun: str, state: str
) -> None:
    license_id = await permit(running.given, case_id="")
    key = once()
    ended = await amr.post(f"/v1/licenses/{license_id}/{noun}", json=GROUNDS, headers=key)
    assert ended.json()["state"] == state
    repeated = await amr.post(f"/v1/licenses/{license_id}/{noun}", json=GROUNDS, headers=key)
    assert repeated.json() == ended.json()
    for other in ("suspension", "resumption", "revocation", "rescission", "cancellation", "lapse", "transfer-out"):
        refused = await act(amr, license_id, other)
        both = (state, other) == ("revoked", "revocation")
        assert (refused.status_code, refused.json()["code"]) == (
            409,
            "E_LICENSE_ALREADY_REVOKED" if both else "E_LICENSE_FINAL",
        )
    renewal = await amr.post(f"/v1/licenses/{license_id}/versions", json=GROUNDS | {"act": "renewed"}, headers=once())
    assert (renewal.status_code, renewal.json()["code"]) == (409, "E_LICENSE_FINAL")
    nameless = await act(amr, license_id, "restoration", decision_number=" ")
    assert (nameless.status_code, nameless.json()["code"]) == (422, "PLATFORM_INVALID_REQUEST")

    number = "深坪府行复〔2026〕12号"
    restored = await act(amr, license_id, "restoration", decision_number=number)
    assert restored.status_code == 201
    new = restored.json()
    assert (new["version"], new["state"], new["serial_number"]) == (2, "valid", ended.json()["serial_number"])
    assert (new["effective_on"], new["expires_on"]) == (ended.json()["effective_on"], ended.json()["expires_on"])
    old = (await amr.get(f"/v1/licenses/{license_id}")).json()
    assert old["state"] == "superseded"
    answer = await verified(amr, old["identifier"])
    assert answer["result"] == "not_valid"
    assert new["identifier"] in check(answer, "state")["sentence_zh"]
    assert (await act(amr, license_id, "restoration", decision_number=number)).json()["code"] == "E_LICENSE_SUPERSEDED"
    history = (await amr.get(f"/v1/licenses/{new['license_id']}/as-of")).json()["transitions"]
    assert [each["act"] for each in history] == ["issued", state, "restored", "restored"]
    assert history[-1]["decision_number"] == number


async def test_nothing_is_restored_that_was_not_taken_away(running: RunningService, amr: httpx.AsyncClient) -> None:
    license_id = await permit(running.given)
    for _ in range(2):
        refused = await act(amr, license_id, "restoration", decision_number="深坪府行复〔2026〕12号")
        assert (refused.status_code, refused.json()["code"]) == (409, "E_LICENSE_TRANSITION_REFUSED")
        await act(amr, license_id, "suspension")


async def test_what_stands_on_it_is_flagged_and_restored_exactly(
    running: RunningService, amr: httpx.AsyncClient
) -> None:
    code = OTHER_CODE
    first = await business(running.given, code)
    holder = Holder("某单位", code, "001")
    dependant = await permit(running.given, holder=holder)
    unrelated = await permit(running.given)
    preview = (await amr.get(f"/v1/licenses/{first}/consequences", params={"act": "suspended"})).json()
    assert [each["license_id"] for each in preview["dependants"]] == [dependant]
    await act(amr, first, "suspension")
    shown = (await amr.get(f"/v1/licenses/{dependant}")).json()
    assert (shown["flagged"], shown["state"]) == (True, "valid")
    assert (await amr.get(f"/v1/licenses/{unrelated}")).json()["flagged"] is False
    answer = await verified(amr, shown["identifier"])
    assert answer["result"] == "valid"
    ground = check(answer, "ground")
    assert (ground["passed"], ground["warning"]) == (False, True)
    async with running.pages(issuer_of("amr")) as browser:
        page = (await browser.get(f"/licenses/{dependant}")).text
        assert "所依据的证照有变化" in page
        assert "营业执照：暂停" in page
    async with running.pages(verifier("fire")) as browser:
        await browser.get("/verify")
        page = (await browser.post("/verify", identifier=shown["identifier"], purpose="现场检查")).text
        assert "真实有效" in page
        assert "请注意" in page

    second = await business(running.given, code)
    await act(amr, second, "suspension")
    await act(amr, first, "resumption")
    still = (await amr.get(f"/v1/licenses/{dependant}")).json()
    assert still["flagged"] is True, "what another decision flagged stays"
    await act(amr, second, "resumption")
    assert (await amr.get(f"/v1/licenses/{dependant}")).json()["flagged"] is False
    assert check(await verified(amr, shown["identifier"]), "ground") is None
    async with running.given.database.read() as tx:
        unequal = text(
            "SELECT count(*) FROM license l WHERE is_flagged <> EXISTS (SELECT FROM license_flag f"
            " WHERE f.license_id = l.license_id AND lifted_at IS NULL)"
        )
        assert (await tx.execute(unequal)).scalar_one() == 0


async def test_a_restoration_lifts_what_the_revocation_flagged(running: RunningService, amr: httpx.AsyncClient) -> None:
    code = OTHER_CODE
    first = await business(running.given, code)
    dependant = await permit(running.given, holder=Holder("某单位", code, "001"))
    for other in await valid_of(running.given, "business-licence", code):
        if other != first:
            await act(amr, other, "cancellation")
    await act(amr, first, "revocation")
    assert (await amr.get(f"/v1/licenses/{dependant}")).json()["flagged"] is True
    renewal = await amr.post(f"/v1/licenses/{dependant}/versions", json=GROUNDS | {"act": "renewed"}, headers=once())
    assert renewal.json()["code"] == "E_LICENSE_PREREQUISITE_MISSING"
    slip = await amr.post(f"/v1/licenses/{dependant}/versions", json=GROUNDS | {"act": "corrected"}, headers=once())
    assert slip.status_code == 201, slip.text
    assert slip.json()["flagged"] is True, "a corrected slip gives no ground back"
    await act(amr, first, "restoration", decision_number="（2026）粤0310行初1号")
    for license_id in (dependant, slip.json()["license_id"]):
        assert (await amr.get(f"/v1/licenses/{license_id}")).json()["flagged"] is False


async def valid_of(given: Dependencies, type_code: str, code: str) -> list[str]:
    async with given.database.read() as tx:
        query = text(
            "SELECT license_id::text FROM license WHERE type = :type AND holder_code_index = :index"
            " AND standing = 'valid'"
        )
        found = await tx.execute(query, {"type": type_code, "index": given.personal.index(code)})
        return list(found.scalars())


async def test_another_agency_a_verifier_and_one_factor_are_refused(
    running: RunningService, identity_tokens: TokenIssuer
) -> None:
    license_id = await permit(running.given)
    paths = ("suspension", "resumption", "revocation", "rescission", "cancellation", "lapse", "transfer-out")
    for bearer, wanted in [
        (identity_tokens.bearer("e-license", "issuer", org="police"), "E_LICENSE_TYPE_NOT_OURS"),
        (identity_tokens.bearer("e-license", "verifier", org="amr"), "PLATFORM_FORBIDDEN"),
    ]:
        async with running.http(bearer) as client:
            answers = [await act(client, license_id, path) for path in paths]
            answers.append(await act(client, license_id, "restoration", decision_number="1"))
            body = GROUNDS | {"act": "renewed"}
            answers.append(await client.post(f"/v1/licenses/{license_id}/versions", json=body, headers=once()))
            answers.append(await client.get(f"/v1/licenses/{license_id}/consequences", params={"act": "revoked"}))
            assert {(each.status_code, each.json()["code"]) for each in answers} == {(403, wanted)}
    async with running.http(identity_tokens.bearer("e-license", "issuer", org="amr", acr=1)) as client:
        answers = [await act(client, license_id, path) for path in paths[2:]]
        answers.append(await act(client, license_id, "restoration", decision_number="1"))
        assert {each.json()["code"] for each in answers} == {"PLATFORM_LEVEL_TOO_LOW"}
    assert await acts(running.given, license_id) == ["license.issued"]
    unknown = str(uuid4())
    async with running.http(identity_tokens.bearer("e-license", "issuer", org="amr")) as client:
        answers = [await act(client, unknown, "suspension"), await client.get(f"/v1/licenses/{unknown}/as-of")]
        assert {each.json()["code"] for each in answers} == {"E_LICENSE_NOT_FOUND"}


async def test_the_same_id_with_other_grounds_is_refused(running: RunningService, amr: httpx.AsyncClient) -> None:
    license_id, key = await permit(running.given), once()
    address = f"/v1/licenses/{license_id}/suspension"
    assert (await amr.post(address, json=GROUNDS, headers=key)).status_code == 200
    other = await amr.post(address, json=GROUNDS | {"reason": "别的原因"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "PLATFORM_REQUEST_ID_REUSED")


async def test_by_grpc(
    running: RunningService, anybody: grpc.aio.Channel, metadata: tuple[tuple[str, str], ...]
) -> None:
    stub, license_id = LicenseServiceStub(anybody), await permit(running.given)
    suspend = license_pb2.SuspendLicenseRequest(request_id=str(uuid4()), license_id=license_id, **GROUNDS)
    suspended = await stub.SuspendLicense(suspend, metadata=metadata)
    assert suspended.license.state == license_pb2.LICENSE_STATE_SUSPENDED
    assert await stub.SuspendLicense(suspend, metadata=metadata) == suspended
    for call, request, state in [
        (stub.ResumeLicense, license_pb2.ResumeLicenseRequest, license_pb2.LICENSE_STATE_VALID),
        (stub.RescindLicense, license_pb2.RescindLicenseRequest, license_pb2.LICENSE_STATE_RESCINDED),
    ]:
        answer = await call(
            request(request_id=str(uuid4()), license_id=license_id, **GROUNDS),  # type: ignore[arg-type]
            metadata=metadata,
        )
        assert answer.license.state == state
    restored = await stub.RestoreLicense(
        license_pb2.RestoreLicenseRequest(
            request_id=str(uuid4()), license_id=license_id, decision_number="粤行终1号", **GROUNDS
        ),
        metadata=metadata,
    )
    assert restored.license.version == 2
    for name, request_type in [
        ("CancelLicense", license_pb2.CancelLicenseRequest),
        ("LapseLicense", license_pb2.LapseLicenseRequest),
        ("TransferOutLicense", license_pb2.TransferOutLicenseRequest),
    ]:
        other = await permit(running.given)
        request = request_type(request_id=str(uuid4()), license_id=other, **GROUNDS)
        ended = await getattr(stub, name)(request, metadata=metadata)
        assert ended.license.state > license_pb2.LICENSE_STATE_RESCINDED
    asked = await stub.GetLicenseAsOf(license_pb2.GetLicenseAsOfRequest(license_id=license_id), metadata=metadata)
    assert asked.license.license_id == restored.license.license_id
    assert [(each.version, license_pb2.LicenseAct.Name(each.act)) for each in asked.transitions] == [
        (1, "LICENSE_ACT_ISSUE"),
        (1, "LICENSE_ACT_SUSPEND"),
        (1, "LICENSE_ACT_RESUME"),
        (1, "LICENSE_ACT_RESCIND"),
        (1, "LICENSE_ACT_RESTORE"),
        (2, "LICENSE_ACT_RESTORE"),
    ]
    preview = license_pb2.PreviewConsequencesRequest(
        license_id=restored.license.license_id, act=license_pb2.LICENSE_ACT_REVOKE
    )
    assert not (await stub.PreviewConsequences(preview, metadata=metadata)).dependants
    beyond = license_pb2.GetLicenseAsOfRequest(license_id=license_id, at_time=Timestamp(seconds=10**15))
    for wrong in (
        stub.GetLicenseAsOf(beyond, metadata=metadata),
        stub.PreviewConsequences(license_pb2.PreviewConsequencesRequest(license_id=license_id), metadata=metadata),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await wrong
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_each_decision_by_its_page(running: RunningService) -> None:
    async with running.pages(issuer_of("amr")) as browser:
        license_id = await permit(running.given)
        page = (await browser.get(f"/licenses/{license_id}")).text
        assert set(re.findall(rf'href="/licenses/{license_id}/([a-z-]+)"', page)) == {
            *("as-of", "card", "log", "suspend", "revoke", "rescind", "cancel", "lapse", "transfer-out"),
            *("renew", "change", "correct"),
        }
        for slug, says, state in [
            ("suspend", "不得使用", "暂停"),
            ("resume", "可以重新使用", "有效"),
            ("transfer-out", "将迁出本区", "已迁出"),
        ]:
            shown = await browser.get(f"/licenses/{license_id}/{slug}")
            assert says in shown.text
            assert COMPANY_NAME in shown.text
            refused = await browser.post(f"/licenses/{license_id}/{slug}", reason=" ", legal_basis="")
            assert refused.status_code == 422
            assert 'id="reason-error"' in refused.text
            assert (await browser.post(f"/licenses/{license_id}/{slug}", **GROUNDS)).status_code == 303
            assert state in (await browser.get(f"/licenses/{license_id}")).text
        assert (await browser.get(f"/licenses/{license_id}/revoke")).status_code == 409
        await browser.get(f"/licenses/{license_id}/restore")
        number = {"decision_number": "深坪府行复〔2026〕12号"}
        restored = await browser.post(f"/licenses/{license_id}/restore", **GROUNDS | number)
        assert restored.status_code == 303
        page = (await browser.get(restored.headers["location"])).text
        assert "依决定恢复" in page
        assert number["decision_number"] in page
        assert "已由新版取代" in (await browser.get(f"/licenses/{license_id}")).text
