"""The RPCs over a real channel, on a real database."""

from collections.abc import Awaitable
from datetime import date
from uuid import uuid4

import grpc
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pingshan.e_license.v1 import catalogue_pb2, catalogue_pb2_grpc, license_pb2, verification_pb2
from pingshan.e_license.v1.license_pb2_grpc import LicenseServiceStub
from pingshan.e_license.v1.verification_pb2_grpc import VerificationServiceStub
from pingshan_e_license.domain.credential import Credential
from pingshan_events.e_license import LicenseIssued
from pingshan_kit.storage.tables import outbox, record
from sqlalchemy import select, text

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT
from tests.support.e_license.service import RunningService, sibling_channel
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer


def issue_request(serial_number: str, **changed: object) -> license_pb2.IssueLicenseRequest:
    fields: dict[str, object] = {
        "request_id": str(uuid4()),
        "type": "food-business-permit",
        "serial_number": serial_number,
        "holder_name": COMPANY_NAME,
        "holder_code": COMPANY_CODE,
        "holder_code_type": "001",
        "attributes": ParseDict(PERMIT, Struct()),
        "case_id": "2026-000123",
    }
    return license_pb2.IssueLicenseRequest(**fields | changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def amr(identity_tokens: TokenIssuer) -> tuple[tuple[str, str], ...]:
    """Metadata of an officer who issues for amr."""
    token = identity_tokens.mint("e-license", "issuer", "verifier", org="amr")
    return (("authorization", f"Bearer {token}"),)


async def test_issued_for_a_case(running: RunningService, workflow: grpc.aio.Channel) -> None:
    answer = await LicenseServiceStub(workflow).IssueLicense(issue_request("A1"))
    licence = answer.license
    assert licence.identifier.startswith("1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.A1.001.")
    assert (licence.agency, licence.version, licence.case_id) == ("amr", 1, "2026-000123")
    assert licence.state == license_pb2.LICENSE_STATE_VALID
    years = date.fromisoformat(licence.expires_on).year - date.fromisoformat(licence.effective_on).year
    assert years in {4, 5}
    assert MessageToDict(licence.attributes) == PERMIT
    jwt, *disclosures, end = licence.credential.split("~")
    credential = Credential(jwt, tuple(disclosures))
    key = await running.given.keys.of(running.given.signer.kid(credential) or "")
    assert key is not None
    assert key.agency == "amr"
    said = running.given.signer.content(credential, key)
    assert said is not None
    assert (said.identifier, end) == (licence.identifier, "")


async def test_the_same_request_id_gives_the_same_answer(workflow: grpc.aio.Channel) -> None:
    request = issue_request("A2")
    stub = LicenseServiceStub(workflow)
    assert await stub.IssueLicense(request) == await stub.IssueLicense(request)


async def test_the_same_order_gives_the_same_licence(running: RunningService, workflow: grpc.aio.Channel) -> None:
    stub = LicenseServiceStub(workflow)
    first = await stub.IssueLicense(issue_request("A3"))
    second = await stub.IssueLicense(issue_request("A3"))
    assert first == second
    async with running.given.database.read() as tx:
        events = (
            await tx.execute(select(outbox.c.subject).where(outbox.c.aggregate_id == first.license.license_id))
        ).all()
    assert [each.subject for each in events] == ["e-license.license.issued.v1"]


async def test_the_event_carries_ids_and_no_personal_data(running: RunningService, workflow: grpc.aio.Channel) -> None:
    issued = (await LicenseServiceStub(workflow).IssueLicense(issue_request("A4"))).license
    async with running.given.database.read() as tx:
        row = (await tx.execute(select(outbox).where(outbox.c.aggregate_id == issued.license_id))).one()
    assert row.correlation_id == "2026-000123"
    told = LicenseIssued.model_validate_json(row.payload)
    assert (told.identifier, told.type_name_zh) == (issued.identifier, issued.type_name_zh)
    assert told.type_name_en == issued.type_name_en
    assert COMPANY_CODE not in row.payload
    assert "小满" not in row.payload


async def test_who_tells_holders_learns_the_code_alone(
    platform: TestPlatform, workflow: grpc.aio.Channel, anybody: grpc.aio.Channel, amr: tuple[tuple[str, str], ...]
) -> None:
    issued = (await LicenseServiceStub(workflow).IssueLicense(issue_request("A6"))).license
    request = license_pb2.GetLicenseHolderRequest(license_id=issued.license_id)
    async with sibling_channel(platform, "alerts") as channel:
        alerts = LicenseServiceStub(channel)
        assert (await alerts.GetLicenseHolder(request)).holder_code == COMPANY_CODE
        unknown = license_pb2.GetLicenseHolderRequest(license_id=str(uuid4()))
        assert await _status(alerts.GetLicenseHolder(unknown)) is grpc.StatusCode.NOT_FOUND
        whole = license_pb2.GetLicenseRequest(license_id=issued.license_id)
        assert await _status(alerts.GetLicense(whole)) is grpc.StatusCode.PERMISSION_DENIED
    assert await _status(LicenseServiceStub(workflow).GetLicenseHolder(request)) is grpc.StatusCode.PERMISSION_DENIED
    outside = LicenseServiceStub(anybody).GetLicenseHolder(request, metadata=amr)
    assert await _status(outside) is grpc.StatusCode.UNAUTHENTICATED


async def _status(call: Awaitable[object]) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def test_nothing_personal_lies_in_the_open(running: RunningService, workflow: grpc.aio.Channel) -> None:
    await LicenseServiceStub(workflow).IssueLicense(issue_request("A5"))
    async with running.given.database.read() as tx:
        rows = (await tx.execute(text("SELECT license::text FROM license"))).scalars().all()
        steps = (await tx.execute(text("SELECT license_transition::text FROM license_transition"))).scalars().all()
        commands = (await tx.execute(text("SELECT command::text FROM command"))).scalars().all()
        acts = (await tx.execute(text("SELECT record::text FROM record"))).scalars().all()
    everything = "\n".join([*rows, *steps, *commands, *acts])
    for personal in ("王小满", "刘春生", "440310198502140001"):
        assert personal not in everything


async def test_read_searched_and_paged(workflow: grpc.aio.Channel, amr: tuple[tuple[str, str], ...]) -> None:
    stub = LicenseServiceStub(workflow)
    made = [(await stub.IssueLicense(issue_request(f"B{number}"))).license.license_id for number in range(3)]
    page = await stub.SearchLicenses(
        license_pb2.SearchLicensesRequest(holder_code=COMPANY_CODE, type="food-business-permit", page_size=2)
    )
    assert [each.license_id for each in page.licenses] == made[:0:-1]
    rest = await stub.SearchLicenses(
        license_pb2.SearchLicensesRequest(
            holder_code=COMPANY_CODE, type="food-business-permit", page_size=2, page_token=page.next_page_token
        )
    )
    assert rest.licenses[0].license_id == made[0]
    business = await stub.SearchLicenses(
        license_pb2.SearchLicensesRequest(holder_code=COMPANY_CODE, type="business-licence")
    )
    assert [each.state for each in business.licenses] == [license_pb2.LICENSE_STATE_VALID]
    assert business.licenses[0].expires_on == ""


async def test_revoked_once_and_for_good(
    running: RunningService, workflow: grpc.aio.Channel, anybody: grpc.aio.Channel, amr: tuple[tuple[str, str], ...]
) -> None:
    issued = (await LicenseServiceStub(workflow).IssueLicense(issue_request("C1"))).license
    stub = LicenseServiceStub(anybody)
    request = license_pb2.RevokeLicenseRequest(
        request_id=str(uuid4()),
        license_id=issued.license_id,
        reason="过期原料",
        legal_basis="食品安全法 第一百二十四条",
    )
    revoked = await stub.RevokeLicense(request, metadata=amr)
    assert revoked.license.state == license_pb2.LICENSE_STATE_REVOKED
    assert await stub.RevokeLicense(request, metadata=amr) == revoked
    got = await stub.GetLicense(license_pb2.GetLicenseRequest(license_id=issued.license_id), metadata=amr)
    assert got.license.state == license_pb2.LICENSE_STATE_REVOKED
    async with running.given.database.read() as tx:
        query = select(outbox.c.subject).where(outbox.c.aggregate_id == issued.license_id).order_by(outbox.c.position)
        subjects = (await tx.execute(query)).scalars().all()
        acts = (await tx.execute(select(record.c.act).where(record.c.subject == issued.license_id))).scalars().all()
    assert subjects == ["e-license.license.issued.v1", "e-license.license.revoked.v1"]
    assert acts == ["license.issued", "license.revoked"]


async def test_verified_by_another_agency(
    running: RunningService, workflow: grpc.aio.Channel, anybody: grpc.aio.Channel, identity_tokens: TokenIssuer
) -> None:
    issued = (await LicenseServiceStub(workflow).IssueLicense(issue_request("D1"))).license
    fire = (("authorization", f"Bearer {identity_tokens.mint('e-license', 'verifier', org='fire')}"),)
    answer = await VerificationServiceStub(anybody).VerifyLicense(
        verification_pb2.VerifyLicenseRequest(identifier=issued.identifier, purpose="现场检查"), metadata=fire
    )
    assert answer.result == verification_pb2.VERIFICATION_RESULT_VALID
    assert [each.code for each in answer.checks] == [
        "form",
        "check_character",
        "issued_here",
        "signature",
        "issuer_key",
        "content",
        "decisions",
        "period",
        "state",
    ]
    assert set(MessageToDict(answer.license.attributes)) == {
        "operator_name",
        "business_form",
        "business_items",
        "premises",
    }
    assert answer.license.credential == ""
    async with running.given.database.read() as tx:
        query = select(record.c.details).where(
            record.c.subject == issued.license_id, record.c.act == "license.verified"
        )
        [details] = (await tx.execute(query)).scalars().all()
    assert details == {"result": "valid", "purpose": "现场检查", "organisation": "fire"}


async def test_a_person_s_licence_shows_verifiers_only_public_fields(
    running: RunningService, anybody: grpc.aio.Channel, amr: tuple[tuple[str, str], ...]
) -> None:
    async with running.given.database.read() as tx:
        query = text("SELECT identifier FROM license WHERE type = 'teacher-qualification'")
        identifier = (await tx.execute(query)).scalar_one()
    answer = await VerificationServiceStub(anybody).VerifyLicense(
        verification_pb2.VerifyLicenseRequest(identifier=identifier, purpose="核对"), metadata=amr
    )
    assert answer.result == verification_pb2.VERIFICATION_RESULT_VALID
    assert (answer.license.holder_name, answer.license.holder_code) == ("", "")
    assert MessageToDict(answer.license.attributes) == {}


async def test_a_changed_row_is_not_confirmed(
    running: RunningService, workflow: grpc.aio.Channel, anybody: grpc.aio.Channel, amr: tuple[tuple[str, str], ...]
) -> None:
    one = (await LicenseServiceStub(workflow).IssueLicense(issue_request("D2"))).license
    other = (await LicenseServiceStub(workflow).IssueLicense(issue_request("D3"))).license
    async with running.given.database.begin() as tx:
        swap = text("UPDATE license SET credential = :jwt WHERE identifier = :identifier")
        await tx.execute(swap, {"jwt": other.credential.split("~")[0], "identifier": one.identifier})
    answer = await VerificationServiceStub(anybody).VerifyLicense(
        verification_pb2.VerifyLicenseRequest(identifier=one.identifier, purpose="核对"), metadata=amr
    )
    assert answer.result == verification_pb2.VERIFICATION_RESULT_UNKNOWN
    assert [each.code for each in answer.checks if not each.passed] == ["signature"]
    assert not answer.HasField("license")


async def test_the_catalogue(anybody: grpc.aio.Channel, amr: tuple[tuple[str, str], ...]) -> None:
    stub = catalogue_pb2_grpc.CatalogueServiceStub(anybody)
    page = await stub.ListLicenseTypes(catalogue_pb2.ListLicenseTypesRequest(page_size=200), metadata=amr)
    assert len(page.license_types) == 89
    own = await stub.ListLicenseTypes(catalogue_pb2.ListLicenseTypesRequest(agency="amr", page_size=6), metadata=amr)
    rest = await stub.ListLicenseTypes(
        catalogue_pb2.ListLicenseTypesRequest(agency="amr", page_token=own.next_page_token), metadata=amr
    )
    assert (len(own.license_types), len(rest.license_types), rest.next_page_token) == (6, 4, "")
    one = await stub.GetLicenseType(catalogue_pb2.GetLicenseTypeRequest(code="drainage-permit"), metadata=amr)
    assert '"outlet_count"' in one.license_type.attribute_schema
