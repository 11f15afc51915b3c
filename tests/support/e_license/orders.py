"""People, licences and commands for the tests of e-license."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from pingshan_e_license.domain.credential import Credential
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import License
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense
from pingshan_values.actor import Actor, ActorKind

COMPANY_NAME = "深圳市坪山区小满餐饮有限公司"
COMPANY_CODE = "91440310TEXT10001K"
"""The company of the seed, which has a valid business licence."""
PERMIT: dict[str, Any] = {
    "operator_name": COMPANY_NAME,
    "unified_social_credit_code": COMPANY_CODE,
    "legal_representative": "王小满",
    "premises": "深圳市坪山区坪山街道坪山大道2007号",
    "business_form": "餐饮服务经营者",
    "business_items": ["热食类食品制售", "冷食类食品制售"],
}


def issuer_of(agency: str) -> Actor:
    roles = frozenset({"issuer", "verifier"})
    return Actor(
        kind=ActorKind.PERSON,
        person_id=f"{agency}-issuer",
        name="李明",
        realm="staff",
        organisation=agency,
        roles=roles,
        acr=2,
    )


def verifier(agency: str) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        person_id=f"{agency}-verifier",
        name="陈静",
        realm="staff",
        organisation=agency,
        roles=frozenset({"verifier"}),
    )


def holder_person(*codes: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, person_id="holder", name="王小满", realm="public", act_for=codes)


def service(name: str) -> Actor:
    return Actor(kind=ActorKind.SERVICE, service=name)


def a_license(identifier: str) -> License:
    """A food business permit from 2026-11-22 for five years, unsigned."""
    return License(
        license_id=UUID(int=1),
        identifier=identifier,
        type="food-business-permit",
        agency="amr",
        serial_number="JY24403100000002",
        version=1,
        holder=Holder(COMPANY_NAME, COMPANY_CODE, "001"),
        attributes=PERMIT,
        period=Period(date(2026, 11, 22), date(2031, 11, 21)),
        issued_at=datetime(2026, 11, 22, tzinfo=UTC),
        case_id="",
        credential=Credential("", ()),
    )


def issue_permit(serial_number: str, **changed: Any) -> IssueLicense:
    """A food business permit, for the company of the seed or another holder, asked for with a new request id."""
    holder = changed.get("holder", Holder(COMPANY_NAME, COMPANY_CODE, "001"))
    fields: dict[str, Any] = {
        "request_id": uuid4(),
        "type": "food-business-permit",
        "serial_number": serial_number,
        "holder": holder,
        "attributes": PERMIT | {"unified_social_credit_code": holder.code},
    }
    return IssueLicense(**fields | changed)
