"""Adds, renames or closes a section of an organisation."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SectionInUse, SectionNotFound
from pingshan_identity.domain.organisations.section import check_section_names
from pingshan_identity.store.organisations import organisations, sections
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ChangeSections:
    organisation: str
    section_id: UUID | None
    """Section to rename or close; None adds one."""
    name_zh: str
    name_en: str
    close: bool = False


async def change_sections(deps: Dependencies, actor: Actor, command: ChangeSections) -> None:
    """Changes one section and records it.

    `SectionInUse` is also raised where the section to close is not open.

    Raises:
        AdministratorRequired, RequestInvalid, SectionInUse, SectionNameTaken, SectionNotFound.
    """
    check_may_administer(actor, AdministrativeAct.CHANGE_SECTIONS)
    if not command.close:
        check_section_names(command.name_zh, command.name_en)
    async with deps.database.begin() as tx:
        if await organisations.names(tx, command.organisation) is None:
            raise SectionNotFound
        changed = await _change(tx, command)
        details = {"organisation": command.organisation, "closed": command.close}
        await audit_log.append(tx, actor=actor, act=Act.SECTION_CHANGED, subject=f"section:{changed}", details=details)


async def _change(tx: AsyncConnection, command: ChangeSections) -> UUID:
    name_zh, name_en = command.name_zh.strip(), command.name_en.strip()
    if command.section_id is None:
        added = uuid7()
        await sections.add(tx, section_id=added, organisation=command.organisation, name_zh=name_zh, name_en=name_en)
        return added
    if command.close:
        if not await sections.close(tx, command.section_id, clock.now()):
            raise SectionInUse
    elif not await sections.rename(tx, command.section_id, name_zh=name_zh, name_en=name_en):
        raise SectionNotFound
    return command.section_id
