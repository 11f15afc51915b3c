"""Answers an organisation, or somebody who acts for the holder, with the data that a sharing item allows."""

import json
from dataclasses import dataclass, field
from uuid import UUID

from pingshan_kit import clock, idempotency
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError
from pingshan_values.text import shown

from pingshan_e_license.domain.access import acts_by_mandate, check_may_request_data
from pingshan_e_license.domain.errors import OverAsked, SharingItemUnknown
from pingshan_e_license.domain.holder import Holder, HolderKind, check_holder
from pingshan_e_license.domain.sharing.answer import Asked
from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.domain.sharing.requirements import check_asked, check_purpose, check_within
from pingshan_e_license.domain.sharing.use import UseBasis
from pingshan_e_license.store.sharing import counts, sharing_items
from pingshan_e_license.usecases.answers import OUTCOMES, REFUSALS, GivenAnswer, Order
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.over_asking import record_over_asking, requester_of
from pingshan_e_license.usecases.verification.evidence import confirmed


@dataclass(frozen=True, slots=True)
class RequestData:
    request_id: UUID
    item: str
    holder_code: str = field(repr=False)
    holder_code_type: str
    purpose: str = field(repr=False)
    """Case id or reason, 1 to 200 characters; a consent is bound to it."""
    asked: Asked
    consent_id: UUID | None = None
    """None for an item by duty, and for somebody who acts for the holder."""

    def canonical(self) -> str:
        """Returns a text that is equal for equal content; only its keyed hash is kept."""
        questions = [[each.predicate, dict(each.parameters)] for each in self.asked.questions]
        asked = [self.asked.fields, questions, self.asked.license_types]
        holder = [self.holder_code, self.holder_code_type]
        content = [self.item, holder, self.purpose, asked, self.consent_id]
        return json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)


async def request_data(deps: Dependencies, actor: Actor, command: RequestData) -> GivenAnswer:
    """Returns exactly what was asked; an unknown holder is answered as one without a licence.

    Raises SharingItemUnknown; NotAllowed; OverAsked and NoMandate, which are recorded and counted; RequestInvalid and
    HolderCodeInvalid by the content; ConsentRequired, ConsentNotFound, ConsentNotCovering, ConsentNotGranted,
    ConsentWithdrawn, ConsentExpired and ConsentUsedUp by the consent; QuotaExceeded and HolderLimitReached by what was
    answered today; AnswerNotKept and RequestIdReused for a repeated request id.
    """
    async with deps.database.read() as tx:
        item = await sharing_items.by_code(tx, command.item)
    if item is None:
        raise SharingItemUnknown(item=shown(command.item))
    request = {"data": deps.personal.index(command.canonical()).hex()}
    call = idempotency.Call(actor.id, command.request_id, request)
    try:
        check_may_request_data(actor, item, command.holder_code)
        check_within(item, command.asked)
    except OverAsked as refused:
        await record_over_asking(deps, actor, item, call, refused)
        raise
    order = _order(deps, actor, item, command, call)
    try:
        given = await deps.answers.answer(order)
    except REFUSALS as refused:
        await _count_refused(deps, order, refused)
        raise
    mark(correlation_id=given.use_id)
    log.info("data.shared", use_id=str(given.use_id), item=item.code, requester=order.requester)
    return given


def _order(deps: Dependencies, actor: Actor, item: SharingItem, command: RequestData, call: idempotency.Call) -> Order:
    check_purpose(command.purpose)
    check_holder(Holder("", command.holder_code, command.holder_code_type), frozenset(HolderKind))
    check_asked(item, command.asked)
    by_item = UseBasis.CONSENT if item.needs_consent else UseBasis.DUTY
    return Order(
        actor=actor,
        item=item,
        requester=requester_of(actor),
        basis=UseBasis.MANDATE if acts_by_mandate(actor) else by_item,
        holder_code=command.holder_code,
        purpose=command.purpose.strip(),
        asked=command.asked,
        consent_id=command.consent_id,
        confirmed=lambda tx, found: confirmed(tx, deps, found),
        call=call,
    )


async def _count_refused(deps: Dependencies, order: Order, refused: DomainError) -> None:
    outcome = OUTCOMES[type(refused)]
    async with deps.database.begin() as tx:
        await counts.count(tx, requester=order.requester, item=order.item.code, outcome=outcome, day=clock.today())
