"""Documents of licences in REST answers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.paging import Page
from pydantic import BaseModel

from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.verification.conclusion import shown_attributes, shown_holder

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
