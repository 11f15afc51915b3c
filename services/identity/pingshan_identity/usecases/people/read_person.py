"""Reads one member of staff with masked number, for administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor
from pingshan_values.masked import mask_mobile

from pingshan_identity.domain.access import POWERS, AdministrativeAct, check_may_administer
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.factors.factors import Factors
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.organisations import organisations, sections
from pingshan_identity.store.organisations.sections import Section
from pingshan_identity.store.people import staff
from pingshan_identity.store.people.staff import HeldPost, StaffRow
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class PlannedMove:
    on: date
    organisation: tuple[str, str]
    """Chinese and English name."""
    section: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class PersonView:
    row: StaffRow
    masked_mobile: str = field(repr=False)
    posts: Sequence[HeldPost]
    deputies: Sequence[tuple[str, HeldPost]]
    """Deputies of the person: the deputy's id and the post."""
    names: Mapping[str, str] = field(repr=False)
    """Names of the people in `posts` and `deputies`, by id."""
    sessions: int
    factors: Factors
    organisations: Sequence[tuple[str, str, str]]
    sections: Sequence[Section]
    all_posts: Sequence[tuple[str, str, str]]
    powers: frozenset[str]
    """Codes of posts under dual control."""
    today: date
    takes_two: bool
    """Whether the person is an administrator or the reader, so that changes take two."""

    @property
    def own_posts(self) -> frozenset[str]:
        """Returns the posts that the person holds today or later, by their own right."""
        return frozenset(each.post for each in self.posts if each.acting_for is None and each.holding.lasts(self.today))

    @property
    def posts_today(self) -> frozenset[str]:
        """Returns the posts that the person holds today by their own right, which a move keeps where nobody takes them
        out: chosen with them, one that only begins later would begin with the move.
        """
        return frozenset(
            each.post for each in self.posts if each.acting_for is None and each.holding.is_held_on(self.today)
        )

    @property
    def planned(self) -> PlannedMove | None:
        """Returns the move that lies ahead; None where there is none."""
        row, day = self.row, self.row.moves_after(self.today)
        if day is None:
            return None
        names = next(((zh, en) for code, zh, en in self.organisations if code == row.moves_to), ("", ""))
        section = next((each for each in self.sections if each.section_id == row.moves_section), None)
        return PlannedMove(day, names, (section.name_zh, section.name_en) if section else None)


async def read_person(deps: Dependencies, actor: Actor, *, person_id: UUID) -> PersonView:
    """Returns the person with the telephone number masked. Raises AdministratorRequired, PersonNotFound."""
    check_may_administer(actor, AdministrativeAct.READ_PERSON)
    today = clock.today()
    async with deps.database.read() as tx:
        row = await staff.get(tx, deps.personal, person_id, today)
        if row is None:
            raise PersonNotFound
        posts, powers = await staff.held_posts(tx, person_id), frozenset(await staff.powers(tx, POWERS))
        deputies = await staff.deputies(tx, person_id, today)
        concerned = {each.acting_for for each in posts if each.acting_for} | {deputy for deputy, _ in deputies}
        return PersonView(
            row=row,
            masked_mobile=mask_mobile(row.mobile_number),
            posts=posts,
            deputies=deputies,
            names=await staff.names(tx, deps.personal, sorted(concerned)),
            sessions=len(await sessions.live_of(tx, deps.personal, str(person_id), clock.now())),
            factors=await second_factors.factors_of(tx, str(person_id)),
            organisations=[
                (each.code, each.name_zh, each.name_en) for each in await organisations.page(tx, after="", limit=500)
            ],
            sections=await sections.of_organisation(tx, today),
            all_posts=await staff.posts(tx),
            powers=powers,
            today=today,
            takes_two=str(person_id) == actor.person_id
            or any(each.post in powers and each.holding.lasts(today) for each in posts),
        )
