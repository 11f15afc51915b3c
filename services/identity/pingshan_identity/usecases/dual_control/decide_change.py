"""Decides a change under dual control; an approved one is applied in the same transaction."""

from dataclasses import dataclass, field
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import POWERS, SEPARATED, require_person
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.dual_control.change_request import (
    ChangeKind,
    ChangeRequest,
    Decision,
    Hand,
    check_may_look_up,
)
from pingshan_identity.domain.dual_control.new_ways_in import NewWaysIn, new_ways_in
from pingshan_identity.domain.errors import ChangeNotFound, RequestInvalid
from pingshan_identity.domain.people.initial_password import initial_password
from pingshan_identity.domain.people.powers import refuse_vacancy
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.factors import passwords, second_factors
from pingshan_identity.store.people import duties, persons, staff
from pingshan_identity.usecases.clients import decided_changes
from pingshan_identity.usecases.clients.initial_access_token import make_initial_access_token
from pingshan_identity.usecases.clients.shared import refused_addresses
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.dual_control.applied_changes import apply_to_person
from pingshan_identity.usecases.dual_control.shared import check, check_unchanged
from pingshan_identity.usecases.keys.shared import withdraw
from pingshan_identity.usecases.people.shared import demand_enrolment_code, renew_ways_in
from pingshan_identity.usecases.sessions.end_everybodys_sessions import order_end

_WAYS_IN = frozenset({ChangeKind.GIVE_POWER, ChangeKind.RESET_PASSWORD, ChangeKind.RESET_FACTORS})
"""Changes that may renew the ways into an account; `new_ways_in` says which."""


@dataclass(frozen=True, slots=True)
class DecideChange:
    change_id: UUID
    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class _FirstPassword:
    """Is the password that an approved reset gives, with its hash."""

    password: str = field(repr=False)
    hashed: str = field(repr=False)


async def decide_change(deps: Dependencies, actor: Actor, command: DecideChange) -> ChangeRequest:
    """Returns the decided change; of two decisions at once exactly one succeeds.

    An approval looks at everything again: both people, the subject, and that every duty keeps a holder.

    Raises:
        AdministratorRequired, ChangeForOneself, ChangeNotFound, ChangeOwn, ReasonRequired.
        ChangeOutdated, LastHolder, ProposerDismissed, and what the change itself is refused with: then nothing was
            decided.
    """
    now, person_id = clock.now(), require_person(actor, ChangeNotFound)
    reason = command.decision.check_reason(command.reason)
    given = await _prepare(deps, actor, command.change_id) if command.decision is Decision.APPROVED else None
    async with deps.database.begin() as tx:
        known = await change_requests.get(tx, command.change_id, lock=True)
        if known is None:
            check_may_look_up(actor)
            raise ChangeNotFound
        known.check_decision(actor, command.decision, now)
        decided = await change_requests.decide(
            tx, command.change_id, by=person_id, decision=command.decision, reason=reason, now=now
        )
        if decided.decision is Decision.APPROVED:
            outcomes = await _apply_checked(tx, actor, deps.personal, decided, given)
            await change_requests.keep_outcomes(tx, deps.personal, command.change_id, outcomes)
        details = {"kind": decided.kind.value, "id": decided.change_id, "decision": command.decision.value}
        await audit_log.append(tx, actor=actor, act=Act.CHANGE_DECIDED, subject=decided.subject, details=details)
    return decided


async def _prepare(deps: Dependencies, actor: Actor, change_id: UUID) -> _FirstPassword | None:
    """Does what takes long, outside of the transaction that decides: looks at the address that a change of a client
    names, as it resolves now, and hashes the password that a reset gives.
    """
    async with deps.database.read() as tx:
        known = await change_requests.get(tx, change_id)
    if known is None:
        return None
    if wrong := await refused_addresses(deps, known.details):
        raise RequestInvalid(wrong)
    if known.kind not in _WAYS_IN:
        return None
    known.check_decision(actor, Decision.APPROVED, clock.now())
    password = initial_password()
    return _FirstPassword(password, await deps.passwords.hash(password))


async def _apply_checked(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, change: ChangeRequest, given: _FirstPassword | None
) -> dict[Hand, str]:
    """Returns the secrets that the change makes, each for one hand.

    Approvals wait for each other here, so that two of them never take the last two holders of a duty.
    """
    await duties.lock(tx, SEPARATED)
    today = clock.today()
    proposed_by = await persons.roles_in_office(tx, change.requested_by, today)
    change.check_approval(proposed_by, await persons.roles_in_office(tx, require_person(actor, ChangeNotFound), today))
    await check_unchanged(tx, change.kind, change.details)
    await check(tx, change.kind, change.details)
    before = await duties.held(tx, SEPARATED, today)
    new = await _new_ways_in(tx, change)
    outcomes: dict[Hand, str] = {}
    if (outcome := await _apply(tx, actor, personal, change)) is not None:
        outcomes[Hand.PROPOSER] = outcome
    if new is not None and given is not None:
        person_id = change.details["person_id"]
        await renew_ways_in(tx, actor, personal, person_id, new, given.hashed)
        if new.password:
            outcomes[Hand.PROPOSER] = given.password
        if new.code:
            outcomes[Hand.DECIDER] = await demand_enrolment_code(tx, person_id)
    if change.kind is not ChangeKind.RECORD_DEPARTURE:
        refuse_vacancy(before, await duties.held(tx, SEPARATED, today), SEPARATED, today)
    return outcomes


async def _new_ways_in(tx: AsyncConnection, change: ChangeRequest) -> NewWaysIn | None:
    """Returns what the change makes of the ways into an account; None where it leaves them alone."""
    if change.kind not in _WAYS_IN:
        return None
    person_id = change.details["person_id"]
    powers, today = await staff.powers(tx, POWERS), clock.today()
    held = await staff.holdings(tx, UUID(person_id))
    found = new_ways_in(
        change.kind,
        has_factor=(await second_factors.factors_of(tx, person_id)).cryptographic,
        password_is_own=not await passwords.must_change(tx, person_id),
        has_power=any(each.post in powers and each.lasts(today) for each in held),
    )
    return found if found.password or found.code else None


async def _apply(tx: AsyncConnection, actor: Actor, personal: PersonalData, change: ChangeRequest) -> str | None:
    """Returns a secret for the proposer, where the change makes one; ways into an account are renewed after it."""
    details = change.details
    match change.kind:
        case ChangeKind.REGISTER_CLIENT:
            return await decided_changes.register(tx, actor, details)
        case ChangeKind.CHANGE_CLIENT:
            return await decided_changes.change(tx, actor, details)
        case ChangeKind.DISABLE_CLIENT:
            await decided_changes.disable(tx, actor, details)
        case ChangeKind.ENABLE_CLIENT:
            await decided_changes.enable(tx, actor, details)
        case ChangeKind.ROTATE_SECRET:
            return await decided_changes.rotate_secret(tx, actor, details)
        case ChangeKind.RESET_PASSWORD | ChangeKind.RESET_FACTORS:
            pass
        case ChangeKind.END_SESSIONS:
            await order_end(tx, details, clock.now())
        case ChangeKind.OPEN_REGISTRATION:
            return await make_initial_access_token(tx, actor, details, made_by=change.requested_by)
        case ChangeKind.ROTATE_KEYS:
            await withdraw(tx, actor, personal, details.get("kid"))
        case _:
            await apply_to_person(tx, actor, personal, change.kind, details)
    return None
