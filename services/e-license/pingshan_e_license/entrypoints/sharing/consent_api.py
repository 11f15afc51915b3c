"""REST routes of consents."""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter
from pingshan_kit.http import PageSize, PageToken
from pydantic import BaseModel

from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.entrypoints.rest import Body, Caller, RequestId
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.grant_consent import GrantConsent, grant_consent
from pingshan_e_license.usecases.sharing.list_consents import list_consents
from pingshan_e_license.usecases.sharing.refuse_consent import RefuseConsent, refuse_consent
from pingshan_e_license.usecases.sharing.request_consent import RequestConsent, request_consent
from pingshan_e_license.usecases.sharing.withdraw_consent import WithdrawConsent, withdraw_consent


class RequestConsentBody(Body):
    item: str
    holder_code: str
    holder_code_type: str
    purpose: str
    fields: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    uses: int
    expires_on: date


class ConsentDocument(BaseModel):
    consent_id: UUID
    item: str
    requester: str
    purpose: str
    fields: list[str]
    predicates: list[str]
    uses: int
    uses_left: int
    expires_on: date
    state: str
    request_time: datetime


class ConsentPage(BaseModel):
    consents: list[ConsentDocument]
    next_page_token: str


def add_consents(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/consents", operation_id="RequestConsent", status_code=201)
    async def request(body: RequestConsentBody, actor: Caller, request_id: RequestId) -> ConsentDocument:
        command = RequestConsent(
            request_id=request_id,
            item=body.item,
            holder_code=body.holder_code,
            holder_code_type=body.holder_code_type,
            purpose=body.purpose,
            fields=body.fields,
            predicates=body.predicates,
            uses=body.uses,
            expires_on=body.expires_on,
        )
        return _document(await request_consent(deps, actor, command))

    @api.get("/consents", operation_id="ListConsents")
    async def list_(actor: Caller, page_size: PageSize = 0, page_token: PageToken = "") -> ConsentPage:
        page = await list_consents(deps, actor, page_size=page_size, page_token=page_token)
        return ConsentPage(consents=[_document(each) for each in page.items], next_page_token=page.next_page_token)

    @api.post("/consents/{consent_id}/grant", operation_id="GrantConsent")
    async def grant(consent_id: UUID, actor: Caller, request_id: RequestId) -> ConsentDocument:
        return _document(await grant_consent(deps, actor, GrantConsent(request_id, consent_id)))

    @api.post("/consents/{consent_id}/refusal", operation_id="RefuseConsent")
    async def refuse(consent_id: UUID, actor: Caller, request_id: RequestId) -> ConsentDocument:
        return _document(await refuse_consent(deps, actor, RefuseConsent(request_id, consent_id)))

    @api.post("/consents/{consent_id}/withdrawal", operation_id="WithdrawConsent")
    async def withdraw(consent_id: UUID, actor: Caller, request_id: RequestId) -> ConsentDocument:
        return _document(await withdraw_consent(deps, actor, WithdrawConsent(request_id, consent_id)))


def _document(consent: Consent) -> ConsentDocument:
    return ConsentDocument(
        consent_id=consent.consent_id,
        item=consent.item,
        requester=consent.requester,
        purpose=consent.purpose,
        fields=list(consent.fields),
        predicates=list(consent.predicates),
        uses=consent.uses,
        uses_left=consent.uses_left,
        expires_on=consent.expires_on,
        state=consent.state.value,
        request_time=consent.requested_at,
    )
