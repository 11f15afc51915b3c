"""Appoints somebody to a vacant duty from the server, when no two administrators are left who could."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pingshan_events.identity import DutyFilled
from pingshan_kit import audit_log, clock
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from pingshan_values.errors import Violation
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import SEPARATED
from pingshan_identity.domain.audit.reason import check_reason
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.dual_control.new_ways_in import NewWaysIn
from pingshan_identity.domain.errors import DutyHeld, PersonNotFound, RequestInvalid
from pingshan_identity.domain.people.initial_password import initial_password
from pingshan_identity.domain.people.powers import Duty, vacant
from pingshan_identity.store.people import duties, staff
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import demand_enrolment_code, give_power, renew_ways_in

_EVERYTHING = NewWaysIn(password=True, code=True, factors=True)


@dataclass(frozen=True, slots=True)
class BreakGlass:
    duty: str
    """One of the separated roles."""
    login_name: str
    """Name of a member of staff who holds none of the others."""
    reason: str
    account: str
    """Account of the operating system under which the command runs."""


@dataclass(frozen=True, slots=True)
class Appointed:
    person_id: str
    password: str = field(repr=False)
    """First password, which must be changed at the first sign-in."""
    enrolment_code: str = field(repr=False)
    """Code with which the person sets up a new second factor, once."""


async def break_glass(deps: Dependencies, actor: Actor, command: BreakGlass) -> Appointed:
    """Gives the vacant duty to a person, with a new password and new factors; records and alarms it.

    Raises:
        DutyHeld: somebody holds the duty today.
        PersonNotFound: nobody in office has that login name.
        PowersJoined, ReasonRequired, RequestInvalid.
    """
    if command.duty not in SEPARATED:
        raise RequestInvalid([Violation("duty", "没有这项职责", f"One of {', '.join(sorted(SEPARATED))}")])
    why, password, today = check_reason(command.reason), initial_password(), clock.today()
    hashed = await deps.passwords.hash(password)
    async with deps.database.begin() as tx:
        await duties.lock(tx, SEPARATED)
        held = await duties.held(tx, SEPARATED, today)
        if command.duty not in vacant(held, SEPARATED, today):
            raise DutyHeld
        person_id = (await staff.taken(tx, [command.login_name])).get(command.login_name)
        if person_id is None:
            raise PersonNotFound
        powers = await staff.powers(tx, SEPARATED)
        post = min(code for code, roles in powers.items() if roles == {command.duty})
        await give_power(tx, actor, person_id=person_id, post=post, since=today, until=None)
        await renew_ways_in(tx, actor, deps.personal, str(person_id), _EVERYTHING, hashed)
        code = await demand_enrolment_code(tx, str(person_id))
        details = {"duty": command.duty, "account": command.account, "why": why}
        await audit_log.append(tx, actor=actor, act=Act.GLASS_BROKEN, subject=f"person:{person_id}", details=details)
        await _alarm(tx, command.duty, str(person_id), held)
    return Appointed(str(person_id), password, code)


async def _alarm(tx: AsyncConnection, duty: str, person_id: str, others: Sequence[Duty]) -> None:
    event_id = uuid7()
    await outbox.publish(
        tx,
        DutyFilled(
            event_id=event_id,
            aggregate_id=str(event_id),
            aggregate_version=1,
            correlation_id=str(event_id),
            occurred_at=clock.now(),
            duty=duty,
            person_id=person_id,
            organisations=await duties.organisations_of(tx, {each.person_id for each in others}, clock.today()),
        ),
    )
