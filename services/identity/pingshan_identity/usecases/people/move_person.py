"""Moves a person to another organisation, section or posts."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.people.staff_form import StaffForm, check_moving
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import move, reference


@dataclass(frozen=True, slots=True)
class MovePerson:
    person_id: UUID
    version: int
    """Version of the person that the page showed."""
    form: StaffForm


async def move_person(deps: Dependencies, actor: Actor, command: MovePerson) -> UUID | None:
    """Returns the id of the sign-out where the person loses roles today; None otherwise.

    Raises:
        AdministratorRequired, PersonChanged, PersonNotFound, RequestInvalid.
        TakesTwo: the person is an administrator, or the actor.
    """
    check_may_administer(actor, AdministrativeAct.MOVE_PERSON)
    async with deps.database.begin() as tx:
        check_moving(command.form, await reference(tx))
        return await move(
            tx, actor, deps.personal, person_id=command.person_id, version=command.version, form=command.form
        )
