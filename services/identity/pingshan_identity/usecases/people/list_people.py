"""Lists staff, for administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pingshan_kit import clock
from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import POWERS, AdministrativeAct, check_may_administer
from pingshan_identity.domain.people.staff_filter import StaffFilter
from pingshan_identity.domain.people.staff_form import to_phone
from pingshan_identity.store.organisations import organisations, sections
from pingshan_identity.store.organisations.sections import Section
from pingshan_identity.store.people import staff
from pingshan_identity.store.people.staff import StaffRow
from pingshan_identity.usecases.dependencies import Dependencies

_LOOKED_THROUGH = 2_000
"""Most people among whom a part of a name is looked for; names are encrypted."""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    rows: Sequence[StaffRow]
    after: str | None
    """Value of `after` for the next page; None on the last one."""
    cut: bool
    """Whether there were more people than could be looked through."""
    organisations: Sequence[tuple[str, str, str]]
    posts: Sequence[tuple[str, str, str]]
    sections: Sequence[Section]
    powers: frozenset[str]
    """Codes of posts under dual control."""
    today: date


async def list_people(
    deps: Dependencies, actor: Actor, *, wanted: StaffFilter, search: str = "", after: str = ""
) -> PeoplePage:
    """Returns a page of staff by login name.

    `search`: a login name or telephone number, else a part of a name; empty for everybody.

    Raises:
        AdministratorRequired.
    """
    check_may_administer(actor, AdministrativeAct.LIST_PEOPLE)
    today, typed = clock.today(), search.strip()
    async with deps.database.read() as tx:
        cut = False
        if typed:
            rows = await staff.found_exactly(
                tx, deps.personal, today=today, wanted=wanted, typed=typed.lower(), number=to_phone(typed)
            )
            if not rows:
                every = await staff.page(
                    tx, deps.personal, today=today, wanted=wanted, after=after, limit=_LOOKED_THROUGH + 1
                )
                cut = len(every) > _LOOKED_THROUGH
                rows = [each for each in every if typed in each.name]
        else:
            rows = await staff.page(tx, deps.personal, today=today, wanted=wanted, after=after, limit=PAGE_SIZE + 1)
        named = [(each.code, each.name_zh, each.name_en) for each in await organisations.page(tx, after="", limit=500)]
        posts = await staff.posts(tx)
        powers = frozenset(await staff.powers(tx, POWERS))
        open_sections = await sections.of_organisation(tx, clock.today())
    more = len(rows) > PAGE_SIZE
    return PeoplePage(
        rows=rows[:PAGE_SIZE],
        after=rows[PAGE_SIZE - 1].login_name if more else None,
        cut=cut,
        organisations=named,
        posts=posts,
        sections=open_sections,
        powers=powers,
        today=today,
    )
