"""Check the rows of an import against what is known now, in the caller's transaction."""

from collections.abc import Sequence

from pingshan_kit import clock
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.people.import_sheet import Known, SheetRow, login_names, read_rows
from pingshan_identity.store.people import sections, staff
from pingshan_identity.usecases.people.shared import reference


async def checked_rows(tx: AsyncConnection, sheet: Sequence[Sequence[str]]) -> list[SheetRow]:
    """Raises SheetUnreadable where a column is missing."""
    names = login_names(sheet)
    known = {
        name: Known(person_id, has_left) for name, (person_id, has_left) in (await staff.presence(tx, names)).items()
    }
    return read_rows(
        sheet,
        reference=await reference(tx),
        sections={(each.organisation, each.name_zh): each.section_id for each in await sections.of_organisation(tx)},
        posts={zh: code for code, zh, _ in await staff.posts(tx)},
        known=known,
        today=clock.today(),
    )
