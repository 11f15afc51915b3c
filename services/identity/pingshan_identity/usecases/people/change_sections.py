"""Sections of an organisation: add, rename, close."""

from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.errors import InvalidRequest
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SectionInUse, SectionNotFound
from pingshan_identity.domain.people.staff_form import is_name
from pingshan_identity.store.people import organisations, sections


async def change_sections(
    actor: Actor,
    database: Database,
    *,
    organisation: str,
    section_id: UUID | None,
    name_zh: str,
    name_en: str,
    close: bool = False,
) -> None:
    """`section_id`: None adds one; else it is renamed, or closed.

    Raises:
        AdministratorRequired, InvalidRequest, SectionInUse, SectionNameTaken, SectionNotFound.

    """
    require_role(actor, SYSTEM_ADMINISTRATOR)
    if not close and not (is_name(name_zh) and is_name(name_en)):
        raise InvalidRequest(
            [("name_zh", "请填写中文和英文名称，各不超过 60 个字", "Both names, of 60 characters at most")]
        )
    async with database.begin() as tx:
        if await organisations.names(tx, organisation) is None:
            raise SectionNotFound
        if section_id is None:
            changed = uuid7()
            await sections.add(
                tx, section_id=changed, organisation=organisation, name_zh=name_zh.strip(), name_en=name_en.strip()
            )
        elif close:
            changed = section_id
            if not await sections.close(tx, section_id, clock.now()):
                raise SectionInUse
        else:
            changed = section_id
            if not await sections.rename(tx, section_id, name_zh=name_zh.strip(), name_en=name_en.strip()):
                raise SectionNotFound
        details = {"organisation": organisation, "closed": close}
        await audit_log.append(tx, actor=actor, act=Act.SECTION_CHANGED, subject=f"section:{changed}", details=details)
