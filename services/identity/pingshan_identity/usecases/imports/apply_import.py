"""Applies the good rows of an import in one transaction, so that a kill leaves all of them or none."""

from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.errors import ChangeOpen
from pingshan_identity.domain.imports.import_sheet import JOIN, LEAVE, SheetRow
from pingshan_identity.domain.people.initial_password import initial_password
from pingshan_identity.store.imports import imports
from pingshan_identity.store.people import persons, staff
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.dual_control.shared import propose
from pingshan_identity.usecases.imports.shared import checked_rows
from pingshan_identity.usecases.people.shared import join, leave, move

_HEAD = ["登录名", "初始密码"]
_OF_A_SHEET = "批量导入：离职"


@dataclass(frozen=True, slots=True)
class ApplyImport:
    import_id: UUID


async def apply_import(deps: Dependencies, actor: Actor, command: ApplyImport) -> None:
    """Checks the rows anew and applies those that are still good; does nothing where the import was applied before.

    `actor`: who ordered the import.

    Raises:
        AdministratorRequired: who ordered it is not in office any more.
    """
    import_id, personal = command.import_id, deps.personal
    async with deps.database.read() as tx:
        found = await imports.get(tx, personal, import_id)
        if found is None or found.applied_at is not None:
            return
        actor = await _in_office(tx, actor)
        joining = [
            row.form.login_name for row in await checked_rows(tx, actor, found.sheet) if row.act == JOIN and row.is_good
        ]
    given = {name: initial_password() for name in joining}
    hashes = {name: await deps.passwords.hash(password) for name, password in given.items()}
    async with deps.database.begin() as tx:
        found = await imports.get(tx, personal, import_id, lock=True)
        if found is None or found.applied_at is not None:
            return
        actor = await _in_office(tx, actor)
        rows = [row for row in await checked_rows(tx, actor, found.sheet) if row.is_good]
        joined = [row.form.login_name for row in rows if row.act == JOIN and row.form.login_name in hashes]
        for row in rows:
            await _apply(tx, actor, personal, row, hashes)
        secrets = [_HEAD, *([name, given[name]] for name in joined)]
        await imports.note_applied(tx, personal, import_id, secrets, clock.now())
        details = {"import_id": str(import_id), "applied": len(rows), "rows": found.rows}
        await audit_log.append(tx, actor=actor, act=Act.PEOPLE_IMPORTED, subject=f"import:{import_id}", details=details)


async def _in_office(tx: AsyncConnection, actor: Actor) -> Actor:
    """Returns the actor with the roles of this moment. Raises AdministratorRequired."""
    roles = await persons.roles_in_office(tx, actor.person_id, clock.today()) if actor.person_id else frozenset[str]()
    found = replace(actor, roles=roles)
    check_may_administer(found, AdministrativeAct.APPLY_IMPORT)
    return found


async def _apply(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, row: SheetRow, hashes: dict[str, str]
) -> None:
    name = row.form.login_name
    if row.act == JOIN:
        if name in hashes:
            await join(tx, actor, personal, form=row.form, password_hash=hashes[name])
        return
    person_id = (await staff.taken(tx, [name]))[name]
    if row.is_proposal:
        details = {"person_id": str(person_id), "on": row.form.since.isoformat()}
        subject, kind = f"person:{person_id}", ChangeKind.RECORD_DEPARTURE
        with suppress(ChangeOpen):  # it waits for a decision already
            await propose(tx, actor, kind=kind, subject=subject, details=details, reason=_OF_A_SHEET)
    elif row.act == LEAVE:
        await leave(tx, actor, personal, person_id=person_id, version=None, on=row.form.since)
    else:
        await move(tx, actor, personal, person_id=person_id, version=None, form=row.form)
