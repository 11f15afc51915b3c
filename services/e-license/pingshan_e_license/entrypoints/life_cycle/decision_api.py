"""REST routes that decide on licences and make their next versions."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import AwareDatetime

from pingshan_e_license.domain.license import Act
from pingshan_e_license.domain.life_cycle.new_version import Wish
from pingshan_e_license.entrypoints.life_cycle.license_documents import LicenseDocument, license_document
from pingshan_e_license.entrypoints.rest import Body, Caller, RequestId, Surely
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.decide_license import DecideLicense, decide_license
from pingshan_e_license.usecases.life_cycle.renew_license import RenewLicense, renew_license
from pingshan_e_license.usecases.life_cycle.restore_license import RestoreLicense, restore_license

_FOR_A_TIME = {Act.SUSPEND: ("suspension", "SuspendLicense"), Act.RESUME: ("resumption", "ResumeLicense")}
_FOR_GOOD = {
    Act.REVOKE: ("revocation", "RevokeLicense"),
    Act.RESCIND: ("rescission", "RescindLicense"),
    Act.CANCEL: ("cancellation", "CancelLicense"),
    Act.LAPSE: ("lapse", "LapseLicense"),
    Act.TRANSFER_OUT: ("transfer-out", "TransferOutLicense"),
}


class DecideBody(Body):
    reason: str
    legal_basis: str
    effective_at: AwareDatetime | None = None
    """From when the decision holds; none for now."""

    def command(self, license_id: UUID, request_id: UUID, act: Act) -> DecideLicense:
        return DecideLicense(request_id, license_id, act, self.reason, self.legal_basis, self.effective_at)


class RestoreBody(DecideBody):
    decision_number: str


class RenewBody(Body):
    act: Literal[Act.RENEW, Act.CHANGE, Act.CORRECT]
    reason: str
    legal_basis: str
    holder_name: str = ""
    holder_code: str = ""
    holder_code_type: str = ""
    attributes: dict[str, Any] | None = None
    """Replaces all attributes but personal ones that are left out or masked, which stay."""
    effective_on: date | None = None
    expires_on: date | None = None

    def wish(self) -> Wish:
        return Wish(
            holder_name=self.holder_name,
            holder_code=self.holder_code,
            holder_code_type=self.holder_code_type,
            attributes=self.attributes,
            effective_on=self.effective_on,
            expires_on=self.expires_on,
        )


def add_decisions(api: APIRouter, deps: Dependencies) -> None:
    for act, (noun, name) in _FOR_A_TIME.items():
        _add_for_a_time(api, deps, act, f"/licenses/{{license_id}}/{noun}", name)
    for act, (noun, name) in _FOR_GOOD.items():
        _add_for_good(api, deps, act, f"/licenses/{{license_id}}/{noun}", name)
    _add_new_versions(api, deps)


def _add_for_a_time(api: APIRouter, deps: Dependencies, act: Act, path: str, name: str) -> None:
    @api.post(path, operation_id=name)
    async def decide(license_id: UUID, body: DecideBody, actor: Caller, request_id: RequestId) -> LicenseDocument:
        return license_document(await decide_license(deps, actor, body.command(license_id, request_id, act)))


def _add_for_good(api: APIRouter, deps: Dependencies, act: Act, path: str, name: str) -> None:
    @api.post(path, operation_id=name)
    async def decide(license_id: UUID, body: DecideBody, actor: Surely, request_id: RequestId) -> LicenseDocument:
        return license_document(await decide_license(deps, actor, body.command(license_id, request_id, act)))


def _add_new_versions(api: APIRouter, deps: Dependencies) -> None:
    created = status.HTTP_201_CREATED

    @api.post("/licenses/{license_id}/restoration", operation_id="RestoreLicense", status_code=created)
    async def restore(license_id: UUID, body: RestoreBody, actor: Surely, request_id: RequestId) -> LicenseDocument:
        command = RestoreLicense(
            request_id, license_id, body.decision_number, body.reason, body.legal_basis, body.effective_at
        )
        return license_document(await restore_license(deps, actor, command))

    @api.post("/licenses/{license_id}/versions", operation_id="RenewLicense", status_code=created)
    async def renew(license_id: UUID, body: RenewBody, actor: Caller, request_id: RequestId) -> LicenseDocument:
        command = RenewLicense(request_id, license_id, body.act, body.wish(), body.reason, body.legal_basis)
        return license_document(await renew_license(deps, actor, command))
