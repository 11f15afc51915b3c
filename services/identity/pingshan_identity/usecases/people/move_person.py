"""Somebody changes organisation, section or posts."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.people.staff_form import StaffForm, check_moving
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import move, reference


@dataclass(frozen=True, slots=True)
class MovePerson:
    person_id: UUID
    version: int
    """Of the person, as the page showed them."""
    form: StaffForm


async def move_person(deps: Dependencies, actor: Actor, command: MovePerson) -> UUID | None:
    """Return the sign-out's id where the person lost a post today.

    Raises:
        AdministratorRequired, PersonChanged, PersonNotFound, RequestInvalid.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with deps.database.begin() as tx:
        check_moving(command.form, await reference(tx))
        return await move(
            tx, actor, deps.personal, person_id=command.person_id, version=command.version, form=command.form
        )
