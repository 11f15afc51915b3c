"""Somebody changes organisation, section or posts."""

from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.people.staff_form import StaffForm, check_dates, check_place
from pingshan_identity.usecases.people.shared import move, reference, refuse


async def move_person(
    actor: Actor, database: Database, personal: PersonalData, *, person_id: UUID, version: int, form: StaffForm
) -> UUID | None:
    """The sign-out's id where the person lost a post today.

    Raises:
        AdministratorRequired, InvalidRequest, PersonChanged, PersonNotFound.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    async with database.begin() as tx:
        refuse([*check_place(form, await reference(tx)), *check_dates(form)])
        return await move(tx, actor, personal, person_id=person_id, version=version, form=form)
