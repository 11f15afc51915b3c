"""Decides a change under dual control; an approved one is applied in the same transaction."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.dual_control.change_request import ChangeKind, ChangeRequest, Decision
from pingshan_identity.domain.dual_control.proposal import power_of
from pingshan_identity.domain.errors import ChangeNotFound
from pingshan_identity.domain.factors import enrolment
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.keys import signing_keys
from pingshan_identity.usecases.clients import decided_changes
from pingshan_identity.usecases.clients.initial_access_token import make_initial_access_token
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import give_power
from pingshan_identity.usecases.sessions.end_everybodys_sessions import order_end
from pingshan_identity.usecases.sessions.shared import close_access


@dataclass(frozen=True, slots=True)
class DecideChange:
    change_id: UUID
    decision: Decision
    reason: str


async def decide_change(deps: Dependencies, actor: Actor, command: DecideChange) -> ChangeRequest:
    """Returns the decided change; of two decisions at once exactly one succeeds.

    Raises:
        AdministratorRequired, ChangeNotFound, ChangeOwn, ReasonRequired, and what the change itself is refused with:
            then nothing was decided.
    """
    now, person_id = clock.now(), require_person(actor, ChangeNotFound)
    reason = command.decision.check_reason(command.reason)
    async with deps.database.begin() as tx:
        known = await change_requests.get(tx, command.change_id, lock=True)
        if known is None:
            raise ChangeNotFound
        known.check_decision(actor, command.decision, now)
        decided = await change_requests.decide(
            tx, command.change_id, by=person_id, decision=command.decision, reason=reason, now=now
        )
        if decided.decision is Decision.APPROVED:
            outcome = await _apply(tx, actor, deps.personal, decided)
            if outcome is not None:
                await change_requests.keep_outcome(tx, deps.personal, command.change_id, outcome)
        details = {"kind": decided.kind.value, "id": decided.change_id, "decision": command.decision.value}
        await audit_log.append(tx, actor=actor, act=Act.CHANGE_DECIDED, subject=decided.subject, details=details)
    return decided


async def _apply(tx: AsyncConnection, actor: Actor, personal: PersonalData, change: ChangeRequest) -> str | None:
    """Returns a secret for the proposer, where the change makes one."""
    details = change.details
    match change.kind:
        case ChangeKind.GIVE_POWER:
            given = power_of(details)
            await give_power(
                tx,
                actor,
                person_id=UUID(details["person_id"]),
                post=given.post,
                since=max(given.since, clock.today()),
                until=given.until,
            )
        case ChangeKind.REGISTER_CLIENT:
            return await decided_changes.register(tx, actor, details)
        case ChangeKind.CHANGE_CLIENT:
            await decided_changes.change(tx, actor, details)
        case ChangeKind.DISABLE_CLIENT:
            await decided_changes.disable(tx, actor, details)
        case ChangeKind.ENABLE_CLIENT:
            await decided_changes.enable(tx, actor, details)
        case ChangeKind.ROTATE_SECRET:
            return await decided_changes.rotate_secret(tx, actor, details)
        case ChangeKind.RESET_FACTORS:
            return await _reset_factors(tx, actor, personal, details["person_id"])
        case ChangeKind.END_SESSIONS:
            await order_end(tx, details, clock.now())
        case ChangeKind.OPEN_REGISTRATION:
            return await make_initial_access_token(tx, actor, details, made_by=change.requested_by)
        case ChangeKind.ROTATE_KEYS:
            await signing_keys.end_all_periods(tx, clock.now())
    return None


async def _reset_factors(tx: AsyncConnection, actor: Actor, personal: PersonalData, person_id: str) -> str:
    """Returns the code with which the person sets up new factors."""
    await second_factors.remove_all(tx, person_id)
    await close_access(tx, actor, personal, person_id=person_id, reason=EndReason.SECURITY)
    code = enrolment.make()
    await second_factors.require_enrolment_code(tx, person_id, enrolment.hashed(code), clock.now() + enrolment.LIFE)
    return code
