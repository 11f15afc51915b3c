"""What a change under dual control must fulfil, when it is proposed and again when it is decided, each in the caller's
transaction.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from pingshan_values.errors import Violation, each_once
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import POWERS, SEPARATED, require_person
from pingshan_identity.domain.audit.reason import check_reason, reason_violations
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client_secret import check_overlap
from pingshan_identity.domain.clients.client_settings import change_violations, settings_of, settings_violations
from pingshan_identity.domain.dual_control.change_request import (
    BEFORE,
    LIFE,
    STATE,
    ChangeKind,
    check_proposer,
    concerned,
    depends_on_client,
    refuse_open,
)
from pingshan_identity.domain.dual_control.proposal import (
    check_has_days,
    check_is_power,
    check_whose_sessions,
    client_id_violations,
    leaving_day,
    move_of,
    power_of,
)
from pingshan_identity.domain.errors import ChangeOutdated, PersonNotFound, ReasonRequired, RequestInvalid
from pingshan_identity.domain.people.employment import require_planned
from pingshan_identity.domain.people.powers import refuse_joined_powers, refuse_leaver, refuse_vacancy, without
from pingshan_identity.domain.people.staff_form import check_moving
from pingshan_identity.store.clients import administered_clients
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.keys import signing_keys
from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.people import duties, placements, staff
from pingshan_identity.usecases.clients.initial_access_token import check_opening
from pingshan_identity.usecases.people.shared import reference

_NO_ORGANISATION = "没有这个单位", "There is no such organisation"


async def propose(
    tx: AsyncConnection,
    actor: Actor,
    *,
    kind: ChangeKind,
    subject: str,
    details: Mapping[str, Any],
    reason: str,
    wrong: Sequence[Violation] = (),
) -> UUID:
    """Keeps a proposal and records it; returns its id. `wrong`: what the caller has found wrong with it already.

    Raises:
        AdministratorRequired, ChangeForOneself, ReasonRequired, and what `check` raises.
        ChangeOpen: the same act on the same subject waits for a decision already.
        RequestInvalid: it names everything that is wrong, a missing reason too where it is not the only fault.
    """
    check_proposer(kind, details, actor)
    person_id = require_person(actor, ReasonRequired)
    change_id, now = uuid7(), clock.now()
    await change_requests.lock_subject(tx, kind, subject)
    refuse_open(await change_requests.open_on(tx, kind, subject, now), kind, subject, details)
    wrong = [*wrong, *await _violations(tx, kind, details)]
    if wrong:
        raise RequestInvalid(each_once([*wrong, *reason_violations(reason)]))
    why = check_reason(reason)
    if kind is ChangeKind.END_EMPLOYMENT:
        await _check_leaves_a_holder(tx, details)
    await change_requests.add(
        tx,
        change_id=change_id,
        kind=kind,
        subject=subject,
        details={**details, **await _before(tx, kind, details), STATE: await _state(tx, kind, details)},
        reason=why,
        requested_by=person_id,
        now=now,
        expires_at=now + LIFE,
    )
    recorded = {"kind": kind.value, "id": str(change_id)}
    await audit_log.append(tx, actor=actor, act=Act.CHANGE_PROPOSED, subject=subject, details=recorded)
    return change_id


async def _violations(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> Sequence[Violation]:
    """Returns the wrong fields of a proposal; raises what else `check` raises."""
    try:
        await check(tx, kind, details)
    except RequestInvalid as refused:
        return refused.violations
    return ()


async def check_unchanged(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> None:
    """Locks the people and the client that a proposal is about. Raises ChangeOutdated where one has changed since."""
    if details.get(STATE) != await _state(tx, kind, details):
        raise ChangeOutdated


async def check(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> None:
    """Refuses a change that could not be applied at this moment.

    Raises:
        NoLeavingPlanned, NoMovePlanned, PersonNotFound, PowersJoined, RequestInvalid.
    """
    for person_id in concerned(details):
        if not await staff.exists_present(tx, UUID(person_id)):
            raise PersonNotFound
    match kind:
        case ChangeKind.GIVE_POWER:
            await _check_power(tx, details)
        case ChangeKind.END_POWER | ChangeKind.APPOINT_DEPUTY | ChangeKind.END_DEPUTY:
            await _check_post(tx, kind, details["post"])
        case ChangeKind.MOVE_PERSON | ChangeKind.CANCEL_LEAVING | ChangeKind.CANCEL_MOVE:
            await _check_employment(tx, kind, details)
        case ChangeKind.REGISTER_CLIENT | ChangeKind.CHANGE_CLIENT:
            await _check_client(tx, kind, details)
        case ChangeKind.DISABLE_CLIENT | ChangeKind.ENABLE_CLIENT | ChangeKind.ROTATE_SECRET:
            check_overlap(details.get("overlap", 0))
            await _check_known(tx, client_id=details["client_id"])
        case ChangeKind.END_SESSIONS:
            check_whose_sessions(details)
            await _check_known(
                tx, client_id=details.get("client_id") or None, organisation=details.get("organisation") or None
            )
        case ChangeKind.OPEN_REGISTRATION:
            await check_opening(tx, details)
        case ChangeKind.ROTATE_KEYS:
            await _check_key(tx, details.get("kid"))
        case (
            ChangeKind.RESET_PASSWORD
            | ChangeKind.RESET_FACTORS
            | ChangeKind.END_EMPLOYMENT
            | ChangeKind.RECORD_DEPARTURE
        ):
            return


async def _state(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> str:
    """Returns what changes whenever a person of a proposal does, or its client where the change depends on that."""
    versions = [await duties.version_of(tx, UUID(each)) for each in sorted(concerned(details))]
    client = await administered_clients.locked(tx, details["client_id"]) if details.get("client_id") else None
    columns = repr(sorted(client.items())) if client is not None and depends_on_client(kind) else ""
    return sha256(f"{versions}{columns}".encode()).hexdigest()


async def _before(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings that a change would replace, for who decides it: an approval counts for these alone."""
    if kind is not ChangeKind.CHANGE_CLIENT:
        return {}
    client = await administered_clients.locked(tx, details["client_id"])
    return {BEFORE: settings_of(client)} if client else {}


async def _check_leaves_a_holder(tx: AsyncConnection, details: Mapping[str, Any]) -> None:
    """Raises LastHolder at the proposal; when it is decided, what the change has done is looked at."""
    today = clock.today()
    held = await duties.held(tx, SEPARATED, today)
    refuse_vacancy(held, without(held, details["person_id"], leaving_day(details)), SEPARATED, today)


async def _check_key(tx: AsyncConnection, kid: str | None) -> None:
    """Raises RequestInvalid for a key that is not published; None stands for all keys."""
    if kid is not None and kid not in await signing_keys.periods(tx, clock.now()):
        raise RequestInvalid([Violation("kid", "没有这把签名密钥", "There is no such signing key")])


async def _check_power(tx: AsyncConnection, details: Mapping[str, Any]) -> None:
    asked = power_of(details)
    check_is_power(asked.post, await staff.powers(tx, POWERS))
    check_has_days(asked, clock.today())
    refuse_leaver(await staff.leaves_on(tx, UUID(details["person_id"])))
    refuse_joined_powers(
        [*await staff.holdings(tx, UUID(details["person_id"])), asked], await staff.powers(tx, SEPARATED)
    )


async def _check_employment(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> None:
    if kind is ChangeKind.CANCEL_LEAVING:
        require_planned(await staff.leaves_on(tx, UUID(details["person_id"])))
    elif kind is ChangeKind.CANCEL_MOVE:
        (await placements.get(tx, UUID(details["person_id"]))).taken_back(clock.today())
    else:
        check_moving(move_of(details), await reference(tx))


async def _check_post(tx: AsyncConnection, kind: ChangeKind, post: str) -> None:
    powers = await staff.powers(tx, POWERS)
    if kind is ChangeKind.END_POWER:
        check_is_power(post, powers)
    elif post not in {code for code, *_ in await staff.posts(tx)}:
        raise RequestInvalid([Violation("post", "没有这个岗位", "There is no such post")])


async def _check_client(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> None:
    client_id = details["client_id"]
    known = await administered_clients.get(tx, client_id)
    wrong = client_id_violations(kind, client_id, is_known=known is not None)
    if kind is ChangeKind.REGISTER_CLIENT:
        if await organisations.names(tx, details["owner"]) is None:
            wrong.append(Violation("owner", *_NO_ORGANISATION))
        wrong += settings_violations(details)
    elif known is not None:
        wrong += change_violations(known.values, details)
    if wrong:
        raise RequestInvalid(wrong)


async def _check_known(tx: AsyncConnection, *, client_id: str | None = None, organisation: str | None = None) -> None:
    """Raises RequestInvalid for an unknown client or organisation."""
    if client_id is not None and await administered_clients.get(tx, client_id) is None:
        raise RequestInvalid([Violation("client_id", "没有这个系统", "There is no such system")])
    if organisation is not None and await organisations.names(tx, organisation) is None:
        raise RequestInvalid([Violation("organisation", *_NO_ORGANISATION)])
