"""Servicer of ConsentService."""

from typing import Any

import grpc
from pingshan.e_license.v1 import sharing_pb2, sharing_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.errors import InvalidRequest

from pingshan_e_license.domain.sharing.consent import Consent, ConsentState
from pingshan_e_license.entrypoints.inputs import date_of, uuid_of
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.grant_consent import GrantConsent, grant_consent
from pingshan_e_license.usecases.sharing.list_consents import list_consents
from pingshan_e_license.usecases.sharing.refuse_consent import RefuseConsent, refuse_consent
from pingshan_e_license.usecases.sharing.request_consent import RequestConsent, request_consent
from pingshan_e_license.usecases.sharing.withdraw_consent import WithdrawConsent, withdraw_consent

_Context = grpc.aio.ServicerContext[Any, Any]

_STATES = {
    ConsentState.REQUESTED: sharing_pb2.CONSENT_STATE_REQUESTED,
    ConsentState.GRANTED: sharing_pb2.CONSENT_STATE_GRANTED,
    ConsentState.REFUSED: sharing_pb2.CONSENT_STATE_REFUSED,
    ConsentState.WITHDRAWN: sharing_pb2.CONSENT_STATE_WITHDRAWN,
}


class Consents(sharing_pb2_grpc.ConsentServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def RequestConsent(  # noqa: N802
        self, request: sharing_pb2.RequestConsentRequest, _context: _Context
    ) -> sharing_pb2.RequestConsentResponse:
        expires_on = date_of(request.expires_on, "expires_on")
        if expires_on is None:
            raise InvalidRequest([("expires_on", "请填写截止日期。", "Give the last day.")])
        command = RequestConsent(
            request_id=uuid_of(request.request_id, "request_id"),
            item=request.item,
            holder_code=request.holder_code,
            holder_code_type=request.holder_code_type,
            purpose=request.purpose,
            fields=tuple(request.fields),
            predicates=tuple(request.predicates),
            uses=request.uses,
            expires_on=expires_on,
        )
        asked = await request_consent(self._deps, rpc.actor(), command)
        return sharing_pb2.RequestConsentResponse(consent=_message(asked))

    async def GrantConsent(  # noqa: N802
        self, request: sharing_pb2.GrantConsentRequest, _context: _Context
    ) -> sharing_pb2.GrantConsentResponse:
        command = GrantConsent(uuid_of(request.request_id, "request_id"), uuid_of(request.consent_id, "consent_id"))
        granted = await grant_consent(self._deps, rpc.actor(), command)
        return sharing_pb2.GrantConsentResponse(consent=_message(granted))

    async def RefuseConsent(  # noqa: N802
        self, request: sharing_pb2.RefuseConsentRequest, _context: _Context
    ) -> sharing_pb2.RefuseConsentResponse:
        command = RefuseConsent(uuid_of(request.request_id, "request_id"), uuid_of(request.consent_id, "consent_id"))
        refused = await refuse_consent(self._deps, rpc.actor(), command)
        return sharing_pb2.RefuseConsentResponse(consent=_message(refused))

    async def WithdrawConsent(  # noqa: N802
        self, request: sharing_pb2.WithdrawConsentRequest, _context: _Context
    ) -> sharing_pb2.WithdrawConsentResponse:
        command = WithdrawConsent(uuid_of(request.request_id, "request_id"), uuid_of(request.consent_id, "consent_id"))
        withdrawn = await withdraw_consent(self._deps, rpc.actor(), command)
        return sharing_pb2.WithdrawConsentResponse(consent=_message(withdrawn))

    async def ListConsents(  # noqa: N802
        self, request: sharing_pb2.ListConsentsRequest, _context: _Context
    ) -> sharing_pb2.ListConsentsResponse:
        page = await list_consents(self._deps, rpc.actor(), page_size=request.page_size, page_token=request.page_token)
        return sharing_pb2.ListConsentsResponse(
            consents=[_message(each) for each in page.items], next_page_token=page.next_page_token
        )


def _message(consent: Consent) -> sharing_pb2.Consent:
    message = sharing_pb2.Consent(
        consent_id=str(consent.consent_id),
        item=consent.item,
        requester=consent.requester,
        purpose=consent.purpose,
        fields=consent.fields,
        predicates=consent.predicates,
        uses=consent.uses,
        uses_left=consent.uses_left,
        expires_on=consent.expires_on.isoformat(),
        state=_STATES[consent.state],
    )
    message.request_time.FromDatetime(consent.requested_at)
    return message
