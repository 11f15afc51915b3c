"""REST routes that issue licences."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, status

from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.entrypoints.life_cycle.license_documents import LicenseDocument, license_document
from pingshan_e_license.entrypoints.rest import Body, Caller, RequestId
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.issuing.list_issuer_keys import list_historical_keys


class IssueBody(Body):
    type: str
    serial_number: str
    holder_name: str
    holder_code: str
    holder_code_type: str
    attributes: dict[str, Any]
    effective_on: date | None = None
    expires_on: date | None = None
    case_id: str = ""


def _issue_command(body: IssueBody, request_id: UUID) -> IssueLicense:
    return IssueLicense(
        request_id=request_id,
        type=body.type,
        serial_number=body.serial_number,
        holder=Holder(body.holder_name, body.holder_code, body.holder_code_type),
        attributes=body.attributes,
        effective_on=body.effective_on,
        expires_on=body.expires_on,
        case_id=body.case_id,
    )


def add_issuing(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/licenses", operation_id="IssueLicense", status_code=status.HTTP_201_CREATED)
    async def issue(body: IssueBody, actor: Caller, request_id: RequestId) -> LicenseDocument:
        return license_document(await issue_license(deps, actor, _issue_command(body, request_id)))

    @api.get("/issuer-keys", operation_id="ListIssuerKeys")
    async def issuer_keys() -> dict[str, Any]:
        """Lists for anybody all keys that ever signed, with their times, revoked ones too (OpenID Federation 1.0)."""
        return await list_historical_keys(deps)
