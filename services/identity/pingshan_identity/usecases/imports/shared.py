"""Checks the rows of an imported sheet, for its preview and for its application, in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pingshan_kit import clock
from pingshan_kit.fair import in_turns
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import POWERS
from pingshan_identity.domain.imports.import_sheet import Codes, Known, SheetRow, login_names, read_rows
from pingshan_identity.store.organisations import organisations, sections
from pingshan_identity.store.people import duties, staff
from pingshan_identity.usecases.people.shared import reference


async def checked_rows(tx: AsyncConnection, actor: Actor, sheet: Sequence[Sequence[str]]) -> list[SheetRow]:
    """Returns the rows of an import, checked against what is known now. Raises SheetUnreadable where a column is
    missing.

    `actor`: who applies the sheet, or would.
    """
    names, today = login_names(sheet), clock.today()
    present = await staff.presence(tx, names, today)
    mighty = {each.person_id for each in await duties.held(tx, POWERS, today)} | {actor.person_id}
    known = {
        name: Known(person_id, has_left, takes_two=str(person_id) in mighty, moves_on=moves_on)
        for name, (person_id, has_left, moves_on) in present.items()
    }
    open_sections = await sections.of_organisation(tx, today)
    checking = read_rows(
        sheet,
        reference=await reference(tx),
        sections={(each.organisation, each.name_zh): each.section_id for each in open_sections},
        codes=Codes(
            organisations=_by_name((code, zh) for code, (zh, _) in (await organisations.names_by_code(tx)).items()),
            posts=_by_name((code, zh) for code, zh, _ in await staff.posts(tx)),
        ),
        known=known,
        today=today,
    )
    return await in_turns(checking)


def _by_name(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Returns codes by name, of names that only one has. `named`: code and name."""
    pairs = list(named)
    times = Counter(name for _, name in pairs)
    return {name: code for code, name in pairs if times[name] == 1}
