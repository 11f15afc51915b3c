"""Asks a holder for consent to one sharing item."""

import json
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from pingshan_events.e_license import ConsentRequested
from pingshan_kit import audit_log, clock, idempotency
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from pingshan_values.text import shown
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_request_consent
from pingshan_e_license.domain.errors import ConsentNotFound, OverAsked, SharingItemUnknown
from pingshan_e_license.domain.holder import Holder, HolderKind, check_holder
from pingshan_e_license.domain.sharing.answer import Asked, Question
from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.domain.sharing.requirements import check_consent_terms, check_purpose, check_within
from pingshan_e_license.store.sharing import consents, sharing_items
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.over_asking import record_over_asking


@dataclass(frozen=True, slots=True)
class RequestConsent:
    request_id: UUID
    item: str
    holder_code: str = field(repr=False)
    holder_code_type: str
    purpose: str = field(repr=False)
    """Case id or reason, 1 to 200 characters, as the requests for data will give it."""
    fields: tuple[str, ...]
    predicates: tuple[str, ...]
    uses: int
    expires_on: date

    def canonical(self) -> str:
        """Returns a text that is equal for equal content; only its keyed hash is kept."""
        content = [self.item, self.holder_code, self.holder_code_type, self.purpose, self.fields, self.predicates]
        return json.dumps([*content, self.uses, self.expires_on], ensure_ascii=False, default=str)


async def request_consent(deps: Dependencies, actor: Actor, command: RequestConsent) -> Consent:
    """Returns the new request, or the one that the same request id led to; its holder finds it among their consents.

    Raises SharingItemUnknown; NotAllowed; OverAsked, which is recorded and counted; RequestInvalid and
    HolderCodeInvalid by the content; RequestIdReused.
    """
    async with deps.database.read() as tx:
        item = await sharing_items.by_code(tx, command.item)
    if item is None:
        raise SharingItemUnknown(item=shown(command.item))
    call = idempotency.Call(actor.id, command.request_id, {"consent": deps.personal.index(command.canonical()).hex()})
    asked = Asked(command.fields, tuple(Question(name, {}) for name in command.predicates))
    try:
        check_may_request_consent(actor, item)
        check_within(item, asked)
    except OverAsked as refused:
        await record_over_asking(deps, actor, item, call, refused)
        raise
    check_purpose(command.purpose)
    check_holder(Holder("", command.holder_code, command.holder_code_type), frozenset(HolderKind))
    check_consent_terms(item, asked, command.uses, command.expires_on, clock.today())
    async with deps.database.begin() as tx:
        [known] = await idempotency.replay_all(tx, [call])
        if isinstance(known, Exception):
            raise known
        if known is not None:
            return await _stored(tx, deps, known)
        new = await _added(tx, deps, actor, command, item)
        await idempotency.remember_all(tx, {call.key: {"consent_id": str(new.consent_id)}})
    log.info("consent.requested", consent_id=str(new.consent_id), item=item.code)
    return new


async def _stored(tx: AsyncConnection, deps: Dependencies, known: dict[str, str]) -> Consent:
    stored = await consents.by_id(tx, deps.personal, UUID(known["consent_id"])) if "consent_id" in known else None
    if stored is None:
        raise ConsentNotFound
    return stored


async def _added(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, command: RequestConsent, item: SharingItem
) -> Consent:
    new = Consent(
        consent_id=uuid7(),
        item=item.code,
        requester=item.requester,
        holder_code=command.holder_code,
        purpose=command.purpose.strip(),
        fields=command.fields,
        predicates=command.predicates,
        uses=command.uses,
        uses_left=command.uses,
        expires_on=command.expires_on,
        requested_at=clock.now(),
    )
    await consents.add(tx, deps.personal, new)
    consent_id = str(new.consent_id)
    details = {"item": new.item, "requester": new.requester, "uses": new.uses, "expires_on": str(new.expires_on)}
    await audit_log.append(tx, actor=actor, act="consent.requested", subject=consent_id, details=details)
    mark(correlation_id=consent_id)
    await outbox.publish(
        tx,
        ConsentRequested(
            event_id=uuid7(),
            aggregate_id=consent_id,
            aggregate_version=1,
            correlation_id=consent_id,
            occurred_at=new.requested_at,
            consent_id=consent_id,
            item=new.item,
            requester=new.requester,
        ),
    )
    return new
