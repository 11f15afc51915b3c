"""Answers requests for data: exactly what was asked, counted against quotas, consents used once, each use receipted.

Requests that wait at the same time share a transaction and its commit; each is refused or answered for itself.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit import audit_log, clock, idempotency
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import RequestIdReused
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Grouped, Lane, Member
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError
from pingshan_values.shanghai import begin_of, day_after, day_of
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.errors import (
    AnswerNotKept,
    ConsentExpired,
    ConsentNotCovering,
    ConsentNotFound,
    ConsentNotGranted,
    ConsentRequired,
    ConsentUsedUp,
    ConsentWithdrawn,
    HolderLimitReached,
    QuotaExceeded,
)
from pingshan_e_license.domain.license import License, LicenseOfType, State
from pingshan_e_license.domain.sharing.answer import (
    Answer,
    Asked,
    HeldLicenses,
    SharedLicense,
    answer_of,
    keep_until,
)
from pingshan_e_license.domain.sharing.consent import Consent, ConsentState
from pingshan_e_license.domain.sharing.item import Given, PredicateType, SharingItem
from pingshan_e_license.domain.sharing.statistics import ANSWERED
from pingshan_e_license.domain.sharing.use import DataUse, UseBasis
from pingshan_e_license.store.sharing import consents, counts, data_uses, held_licenses
from pingshan_e_license.usecases.uses import Uses

OUTCOMES: Mapping[type[DomainError], str] = {
    QuotaExceeded: "quota_exceeded",
    HolderLimitReached: "holder_limit_reached",
    ConsentRequired: "no_consent",
    ConsentNotFound: "no_consent",
    ConsentNotGranted: "no_consent",
    ConsentNotCovering: "consent_not_covering",
    ConsentWithdrawn: "consent_withdrawn",
    ConsentExpired: "consent_expired",
    ConsentUsedUp: "consent_used_up",
    AnswerNotKept: "repeated",
    RequestIdReused: "repeated",
}
"""How a refusal is counted."""
REFUSALS = tuple(OUTCOMES)
"""What refuses one request and leaves the others of its transaction alone."""

Confirmed = Callable[[AsyncConnection, Sequence[LicenseOfType]], Awaitable[Sequence[LicenseOfType]]]
"""Returns licences as their decisions made them, with doubts where they are not kept as they were signed."""


@dataclass(frozen=True, slots=True)
class Order:
    """Is a request that is well formed, and that its item allows."""

    actor: Actor
    item: SharingItem
    requester: str
    """Organisation; empty for somebody who acts for the holder."""
    basis: UseBasis
    holder_code: str = field(repr=False)
    purpose: str = field(repr=False)
    asked: Asked
    consent_id: UUID | None
    confirmed: Confirmed = field(repr=False)
    """Looks behind the holder's licences before anything of them is answered."""
    call: idempotency.Call


@dataclass(frozen=True)
class GivenAnswer:
    use_id: UUID
    item: str
    answer: Answer
    answered_at: datetime
    keep_until: date
    """Last day on which the requester may keep it (Asia/Shanghai)."""


class Answers:
    """Answers orders; a process makes one."""

    def __init__(self, database: Database, personal: PersonalData, uses: Uses) -> None:
        self._database = database
        self._personal = personal
        self._uses = uses
        self._grouped = Grouped(
            Lane(database),
            self._together,
            name="answer requests for data",
            otherwise=self._alone,
            distinct=lambda order: order.call.key,
        )

    async def answer(self, order: Order) -> GivenAnswer:
        """Returns the answer after the commit; the same request id gives it once more, and counts nothing.

        Raises one of REFUSALS, then nothing was done; Unavailable.
        """
        return await self._grouped(order)

    async def _alone(self, order: Order) -> GivenAnswer:
        async with self._database.begin() as tx:
            return await self._answer(tx, order)

    async def _together(
        self, tx: AsyncConnection, members: Sequence[Member[Order]]
    ) -> Sequence[GivenAnswer | Exception]:
        results: list[GivenAnswer | Exception] = []
        for member in members:
            try:
                with member.act():
                    async with tx.begin_nested():  # nothing of a refused one stays
                        results.append(await self._answer(tx, member.item))
            except REFUSALS as refused:
                results.append(refused)
        return results

    async def _answer(self, tx: AsyncConnection, order: Order) -> GivenAnswer:
        [known] = await idempotency.replay_all(tx, [order.call])
        if isinstance(known, Exception):
            raise known
        if known is not None:
            if "use_id" not in known:  # it was refused, and its item allows it since
                raise RequestIdReused
            return await self._again(tx, order, UUID(known["use_id"]))
        at = clock.now()
        used = await self._use_consents(tx, order, day_of(at))
        held = await self._held(tx, order, used)
        answer = answer_of(order.asked, order.item.license_types, order.item.predicates, held, day_of(at))
        await self._count(tx, order, [order.holder_code, *used.of_others], at)
        for each in used.all:
            await consents.keep(tx, each)
        result = "found" if any(each.state_on(day_of(at)) is State.VALID for each in held.own) else "not_found"
        use = await self._record(tx, order, used, answer, result, at)
        await data_uses.keep_answer(tx, self._personal, use, _document(answer))
        await idempotency.remember_all(tx, {order.call.key: {"use_id": str(use.use_id)}})
        return _given(order, use.use_id, answer, at)

    async def _again(self, tx: AsyncConnection, order: Order, use_id: UUID) -> GivenAnswer:
        """Returns what was answered before, unless the consent was withdrawn since."""
        if order.consent_id is not None:
            consent = await consents.by_id(tx, self._personal, order.consent_id)
            if consent is not None and consent.state is ConsentState.WITHDRAWN:
                raise ConsentWithdrawn
        kept = await data_uses.answer(tx, self._personal, use_id)
        known = await data_uses.by_id(tx, self._personal, use_id)
        if kept is None or known is None:
            raise AnswerNotKept
        licences = tuple(SharedLicense(each["type"], each["fields"]) for each in kept["licenses"])
        return _given(order, use_id, Answer(licences, kept["predicates"]), known.use.used_at)

    async def _use_consents(self, tx: AsyncConnection, order: Order, today: date) -> "_UsedConsents":
        """Returns the consents with one use less; their rows stay locked, so that the last use is given once."""
        own = await self._use_own(tx, order, today) if order.basis is UseBasis.CONSENT else None
        others = {code: await self._use_of_other(tx, order, code, today) for code in _others(order)}
        return _UsedConsents(own, others)

    async def _use_own(self, tx: AsyncConnection, order: Order, today: date) -> Consent:
        if order.consent_id is None:
            raise ConsentRequired
        consent = await consents.by_id(tx, self._personal, order.consent_id, lock=True)
        if consent is None or consent.requester != order.requester:
            raise ConsentNotFound
        consent.check_covers(
            item=order.item.code,
            holder_code=order.holder_code,
            purpose=order.purpose,
            fields=order.asked.fields,
            predicates=order.asked.predicates,
        )
        return consent.used(today)

    async def _use_of_other(self, tx: AsyncConnection, order: Order, code: str, today: date) -> Consent:
        """Returns the other person's consent to the same item and purpose. Raises ConsentRequired without one."""
        requester = order.requester or order.item.requester
        granted = await consents.granted_by(tx, self._personal, code, item=order.item.code, requester=requester)
        wanted = {each.predicate for each in order.asked.questions if _other_of(order.item, each) is not None}
        for consent in granted:
            covers = consent.purpose == order.purpose and wanted <= set(consent.predicates)
            if covers and consent.is_usable(today):
                return consent.used(today)
        raise ConsentRequired

    async def _held(self, tx: AsyncConnection, order: Order, used: "_UsedConsents") -> HeldLicenses:
        async def held_by(code: str) -> list[License]:
            found = await held_licenses.of_holder(tx, self._personal, code, order.item.license_types)
            confirmed = await order.confirmed(tx, found)
            return [each.license for each in confirmed if not each.doubts]  # what was changed is shared with nobody

        own = await held_by(order.holder_code)
        others = {code: await held_by(code) for code in used.of_others}
        return HeldLicenses(own, {**others, order.holder_code: own})

    async def _count(self, tx: AsyncConnection, order: Order, holder_codes: Sequence[str], at: datetime) -> None:
        """Raises QuotaExceeded, HolderLimitReached."""
        item, day = order.item, day_of(at)
        retry_after = math.ceil((begin_of(day_after(day)) - at).total_seconds())
        for index in sorted(self._personal.index(code) for code in holder_codes):
            most = item.per_holder_limit
            if not await counts.count_of_holder(tx, item=item.code, holder_code_index=index, day=day, most=most, at=at):
                raise HolderLimitReached(item=item.code, limit=most, retry_after=retry_after)
        most = item.daily_quota
        if not await counts.count(tx, requester=order.requester, item=item.code, outcome=ANSWERED, day=day, most=most):
            raise QuotaExceeded(item=item.code, limit=most, retry_after=retry_after)

    async def _record(
        self, tx: AsyncConnection, order: Order, used: "_UsedConsents", answer: Answer, result: str, at: datetime
    ) -> DataUse:
        """Records the use of each holder whose data was used, and returns that of the one who was asked for."""
        use = DataUse(
            use_id=uuid7(),
            number=0,
            holder_code=order.holder_code,
            requester=order.requester,
            basis=order.basis,
            item=order.item.code,
            types=order.asked.license_types or order.item.license_types,
            purpose=order.purpose,
            fields=order.asked.fields,
            predicates=answer.predicates,
            result=result,
            consent_id=None if used.own is None else used.own.consent_id,
            used_at=at,
        )
        of_others = [_use_of_other(use, order, code, consent) for code, consent in used.of_others.items()]
        await self._uses.record(tx, [use, *of_others])
        details = {
            "item": order.item.code,
            "requester": order.requester,
            "basis": order.basis.value,
            "fields": list(order.asked.fields),
            "predicates": list(order.asked.predicates),
            "consents": [str(each.consent_id) for each in used.all],
        }
        await audit_log.append(tx, actor=order.actor, act="data.shared", subject=str(use.use_id), details=details)
        return use


@dataclass(frozen=True, slots=True)
class _UsedConsents:
    own: Consent | None
    of_others: Mapping[str, Consent] = field(repr=False)

    @property
    def all(self) -> list[Consent]:
        return [*([] if self.own is None else [self.own]), *self.of_others.values()]


def _others(order: Order) -> list[str]:
    """Returns the codes of the other people about whom the order asks, in one order for all transactions."""
    found = {_other_of(order.item, each) for each in order.asked.questions}
    return sorted(code for code in found if code is not None and code != order.holder_code)


def _other_of(item: SharingItem, question: Any) -> str | None:
    predicate = item.predicates[question.predicate]
    if predicate.type is not PredicateType.SAME_HOUSEHOLD:
        return None
    [operand] = predicate.operands
    return str(question.parameters[operand.name]) if isinstance(operand, Given) else None


def _use_of_other(use: DataUse, order: Order, code: str, consent: Consent) -> DataUse:
    """Returns the use as the other person sees it: what was asked about both, and nothing else."""
    asked = {each.predicate for each in order.asked.questions if _other_of(order.item, each) == code}
    predicates = {name: answer for name, answer in use.predicates.items() if name in asked}
    return replace(
        use,
        use_id=uuid7(),
        holder_code=code,
        basis=UseBasis.CONSENT,
        fields=(),
        predicates=predicates,
        result="found" if any(predicates.values()) else "not_found",
        consent_id=consent.consent_id,
    )


def _document(answer: Answer) -> dict[str, Any]:
    licences = [{"type": each.type, "fields": dict(each.fields)} for each in answer.licenses]
    return {"licenses": licences, "predicates": dict(answer.predicates)}


def _given(order: Order, use_id: UUID, answer: Answer, at: datetime) -> GivenAnswer:
    until = keep_until(day_of(at), order.item.retention_days)
    return GivenAnswer(use_id, order.item.code, answer, at, until)
