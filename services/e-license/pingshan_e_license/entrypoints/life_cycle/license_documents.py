"""Documents of licences in REST answers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.paging import Page
from pydantic import BaseModel

from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.verification.conclusion import shown_attributes, shown_holder
from pingshan_e_license.usecases.life_cycle.get_license_as_of import LicenseAsOf
from pingshan_e_license.usecases.life_cycle.preview_consequences import Consequences

UNCONFIRMED = "unconfirmed"
"""In place of the state of a licence that is not kept as its issuer signed and decided it."""


class PublicLicense(BaseModel):
    """Holds what everybody who verifies may see."""

    identifier: str
    type: str
    type_name_zh: str
    type_name_en: str
    agency: str
    version: int
    holder_name: str
    holder_code: str
    state: str
    issue_time: datetime
    effective_on: date
    expires_on: date | None
    attributes: dict[str, Any]


class LicenseDocument(PublicLicense):
    license_id: UUID
    serial_number: str
    credential: str
    case_id: str
    flagged: bool
    """Whether a licence on which this one stands was suspended or taken away."""


class LicensePage(BaseModel):
    licenses: list[LicenseDocument]
    next_page_token: str


def license_document(found: LicenseOfType) -> LicenseDocument:
    licence = found.license
    public = public_license(found).model_dump()
    return LicenseDocument.model_validate(
        public
        | {
            "license_id": licence.license_id,
            "serial_number": licence.serial_number,
            "credential": str(licence.credential),
            "case_id": licence.case_id,
            "flagged": licence.is_flagged,
            "holder_name": licence.holder.name,
            "holder_code": licence.holder.code,
            "attributes": dict(licence.attributes),
        }
    )


def public_license(found: LicenseOfType) -> PublicLicense:
    licence, holder = found.license, shown_holder(found)
    return PublicLicense(
        identifier=licence.identifier,
        type=licence.type,
        type_name_zh=found.type.name_zh,
        type_name_en=found.type.name_en,
        agency=licence.agency,
        version=licence.version,
        holder_name=holder.name if holder else "",
        holder_code=holder.code if holder else "",
        state=UNCONFIRMED if found.doubts else licence.state_on(clock.today()).value,
        issue_time=licence.issued_at,
        effective_on=licence.period.effective_on,
        expires_on=licence.period.expires_on,
        attributes=shown_attributes(found),
    )


def license_page(page: Page[LicenseOfType]) -> LicensePage:
    return LicensePage(licenses=[license_document(each) for each in page.items], next_page_token=page.next_page_token)


class TransitionDocument(BaseModel):
    version: int
    number: int
    act: str
    standing: str
    effective_time: datetime
    record_time: datetime
    reason: str
    legal_basis: str
    decision_number: str


class AsOfDocument(BaseModel):
    state: str | None
    license: LicenseDocument | None
    transitions: list[TransitionDocument]


class ConsequencesDocument(BaseModel):
    dependants: list[LicenseDocument]
    case_ids: list[str]


def as_of_document(asked: LicenseAsOf) -> AsOfDocument:
    return AsOfDocument(
        state=asked.answer.state.value if asked.answer.state else None,
        license=license_document(asked.found) if asked.found else None,
        transitions=[
            TransitionDocument(
                version=version.license.version,
                number=each.number,
                act=each.act.value,
                standing=each.standing.value,
                effective_time=each.effective_at,
                record_time=each.recorded_at,
                reason=each.reason,
                legal_basis=each.legal_basis,
                decision_number=each.decision_number,
            )
            for version in asked.answer.known
            for each in version.transitions
        ],
    )


def consequences_document(found: Consequences) -> ConsequencesDocument:
    return ConsequencesDocument(
        dependants=[license_document(each) for each in found.dependants], case_ids=list(found.case_ids)
    )
