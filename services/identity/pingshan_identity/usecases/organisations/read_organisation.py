"""Reads the tree of organisations with their sections, and the roles of each post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_kit.errors import NotFound
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.organisations.organisation import Organisation
from pingshan_identity.store.organisations import organisations, sections
from pingshan_identity.store.organisations.sections import Section
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class OrganisationView:
    organisations: Sequence[Organisation]
    sections: Mapping[str, Sequence[Section]]
    """Open sections by organisation."""
    people: Mapping[str, int]
    """Number of staff who have not left, by organisation."""
    posts: Sequence[tuple[str, str, str]]
    roles: Mapping[str, Sequence[tuple[str, str]]]
    """Audience and role, by post."""


async def read_organisation(deps: Dependencies, actor: Actor, *, code: str | None) -> OrganisationView:
    """Returns all organisations for None, else the one of that code. Raises AdministratorRequired, NotFound."""
    check_may_administer(actor, AdministrativeAct.READ_ORGANISATION)
    async with deps.database.read() as tx:
        every = await organisations.page(tx, after="", limit=500)
        found = [each for each in every if code in {None, each.code}]
        if not found:
            raise NotFound
        open_sections: dict[str, list[Section]] = {}
        for section in await sections.of_organisation(tx, clock.today(), code or ""):
            open_sections.setdefault(section.organisation, []).append(section)
        return OrganisationView(
            organisations=found,
            sections=open_sections,
            people=await staff.counts(tx, clock.today()),
            posts=await staff.posts(tx),
            roles=await staff.roles_of_posts(tx),
        )
