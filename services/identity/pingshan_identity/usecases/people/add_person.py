"""Somebody joins."""

from dataclasses import dataclass, field

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.people.staff_form import StaffForm, check_staff_form
from pingshan_identity.usecases.people.initial_password import initial_password
from pingshan_identity.usecases.people.shared import join, reference, refuse


@dataclass(frozen=True, slots=True)
class Joined:
    person_id: str
    password: str = field(repr=False)
    """Shown once; to be changed at the first sign-in."""


async def add_person(
    actor: Actor, database: Database, personal: PersonalData, passwords: Passwords, *, form: StaffForm
) -> Joined:
    """Also brings somebody back who had left, under their old login name.

    Raises:
        AdministratorRequired, InvalidRequest, LoginNameTaken.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    password = initial_password()
    hashed = await passwords.hash(password)
    async with database.begin() as tx:
        refuse(check_staff_form(form, await reference(tx)))
        person_id = await join(tx, actor, personal, form=form, password_hash=hashed)
    return Joined(str(person_id), password)
