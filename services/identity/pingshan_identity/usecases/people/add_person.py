"""Adds a person to the staff."""

from dataclasses import dataclass, field

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.people.initial_password import initial_password
from pingshan_identity.domain.people.staff_form import StaffForm, check_joining
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.shared import join, reference


@dataclass(frozen=True, slots=True)
class AddPerson:
    form: StaffForm


@dataclass(frozen=True, slots=True)
class Joined:
    person_id: str
    password: str = field(repr=False)
    """Initial password, shown once; the person must change it at the first sign-in."""


async def add_person(deps: Dependencies, actor: Actor, command: AddPerson) -> Joined:
    """Returns id and initial password of a new person; the login name of one who has left is not given again.

    Raises:
        AdministratorRequired, LoginNameTaken, RequestInvalid.
    """
    check_may_administer(actor, AdministrativeAct.ADD_PERSON)
    password = initial_password()
    hashed = await deps.passwords.hash(password)
    async with deps.database.begin() as tx:
        check_joining(command.form, await reference(tx))
        person_id = await join(tx, actor, deps.personal, form=command.form, password_hash=hashed)
    return Joined(str(person_id), password)
