"""The second person approves, refuses or withdraws: what is approved is applied in the same transaction."""

from datetime import date
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.dual_control.change_request import ChangeKind, ChangeRequest, Decision, decider
from pingshan_identity.domain.errors import ChangeNotFound, ChangeOwn, ReasonRequired
from pingshan_identity.domain.factors import enrolment
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.keys import signing_keys
from pingshan_identity.usecases.clients import decided_changes
from pingshan_identity.usecases.clients.initial_access_token import make_initial_access_token
from pingshan_identity.usecases.people.shared import give_power
from pingshan_identity.usecases.sessions.end_everybodys_sessions import order_end
from pingshan_identity.usecases.sessions.shared import close_access

_LONGEST_REASON = 200


async def decide_change(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    *,
    change_id: UUID,
    decision: Decision,
    reason: str,
) -> ChangeRequest:
    """Of two deciders at once exactly one succeeds. Only its proposer withdraws a proposal, nobody decides their own.

    Raises:
        AdministratorRequired, ChangeNotFound, ChangeOwn, ReasonRequired, and what the change itself is refused with:
            then nothing was decided.

    """
    now = clock.now()
    if actor.person_id is None:
        raise ChangeNotFound
    if decision is Decision.REFUSED and not reason.strip():
        raise ReasonRequired
    async with database.begin() as tx:
        known = await change_requests.get(tx, change_id)
        if known is None:
            raise ChangeNotFound
        _refuse_unless_entitled(actor, known, decision)
        decided = await change_requests.decide(
            tx,
            change_id,
            by=actor.person_id,
            decision=decision,
            reason=reason.strip()[:_LONGEST_REASON],
            now=now,
        )
        if decided is None:
            raise ChangeNotFound
        if decision is Decision.APPROVED:
            outcome = await _apply(tx, actor, personal, decided)
            if outcome is not None:
                await change_requests.keep_outcome(tx, personal, change_id, outcome)
        details = {"kind": decided.kind.value, "id": decided.change_id, "decision": decision.value}
        await audit_log.append(tx, actor=actor, act=Act.CHANGE_DECIDED, subject=decided.subject, details=details)
    return decided


def _refuse_unless_entitled(actor: Actor, change: ChangeRequest, decision: Decision) -> None:
    own = change.requested_by == actor.person_id
    if decision is Decision.WITHDRAWN:
        if not own:
            raise ChangeNotFound
        return
    if own:
        raise ChangeOwn
    require_role(actor, decider(change.kind))


async def _apply(tx: AsyncConnection, actor: Actor, personal: PersonalData, change: ChangeRequest) -> str | None:
    """A secret for the proposer, where the change makes one."""
    details = change.details
    match change.kind:
        case ChangeKind.GIVE_POWER:
            until = date.fromisoformat(details["until"]) if details["until"] else None
            since = max(date.fromisoformat(details["since"]), clock.today())
            await give_power(
                tx, actor, person_id=UUID(details["person_id"]), post=details["post"], since=since, until=until
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
            await second_factors.remove_all(tx, details["person_id"])
            await close_access(tx, actor, personal, person_id=details["person_id"], reason=EndReason.SECURITY)
            code = enrolment.make()
            await second_factors.require_enrolment_code(
                tx, details["person_id"], enrolment.hashed(code), clock.now() + enrolment.LIFE
            )
            return code
        case ChangeKind.END_SESSIONS:
            await order_end(tx, details, clock.now())
        case ChangeKind.OPEN_REGISTRATION:
            return await make_initial_access_token(tx, actor, details, made_by=change.requested_by)
        case ChangeKind.ROTATE_KEYS:
            await signing_keys.end_all_periods(tx, clock.now())
    return None
