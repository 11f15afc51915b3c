"""Reads who holds the separated duties, which of them are vacant, and which departures wait for a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pingshan_kit import clock
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.access import SEPARATED, AdministrativeAct, check_may_administer
from pingshan_identity.domain.dual_control.change_request import ChangeKind, ChangeRequest
from pingshan_identity.domain.people.powers import Duty, first_vacant_day, vacant
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.people import duties, staff
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class DutiesView:
    held: Sequence[Duty]
    """Duties that are held today or later."""
    names: Mapping[str, str] = field(repr=False)
    """Names of their holders, by id."""
    vacant: Sequence[str]
    vacant_from: Mapping[str, date]
    """First day without a holder, by role; roles that are held until further notice are left out."""
    departures: Sequence[ChangeRequest]
    today: date


async def read_duties(deps: Dependencies, actor: Actor) -> DutiesView:
    """Returns the three duties to their administrators. Raises AdministratorRequired."""
    check_may_administer(actor, AdministrativeAct.READ_DUTIES)
    now, today = clock.now(), clock.today()
    async with deps.database.read() as tx:
        held = await duties.held(tx, SEPARATED, today)
        departures = await change_requests.open_of_kind(tx, ChangeKind.RECORD_DEPARTURE, now)
        concerned = {each.person_id for each in held} | {str(each.details["person_id"]) for each in departures}
        names = await staff.names(tx, deps.personal, sorted(concerned))
    days = {role: first_vacant_day([each.holding for each in held if each.role == role], today) for role in SEPARATED}
    return DutiesView(
        held=held,
        names=names,
        vacant=vacant(held, SEPARATED, today),
        vacant_from={role: day for role, day in days.items() if day is not None},
        departures=departures,
        today=today,
    )


async def vacant_duties(deps: Dependencies, actor: Actor) -> list[str]:
    """Returns the separated roles that nobody holds today, to their administrators and to the service itself; none to
    others.
    """
    if not actor.roles & SEPARATED and actor.kind is not ActorKind.SERVICE:
        return []
    today = clock.today()
    async with deps.database.read() as tx:
        return vacant(await duties.held(tx, SEPARATED, today), SEPARATED, today)
