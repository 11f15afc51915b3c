"""Queries on staff, for administrators: lists, joining, moving, leaving and deputies."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from pingshan_kit.storage.batches import in_batches
from sqlalchemy import Select, and_, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.domain.people.staff_filter import StaffFilter
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.people import persons, placements
from pingshan_identity.store.tables import (
    organisation,
    passkey,
    password,
    person,
    person_post,
    post,
    post_role,
    recovery_code,
    section,
    totp,
    upstream_identity,
)

_p = person.c
_h = person_post.c


@dataclass(frozen=True, slots=True)
class StaffRow:
    person_id: str
    login_name: str
    name: str = field(repr=False)
    organisation: str
    organisation_names: tuple[str, str]
    section_id: UUID | None
    section_name: str | None
    mobile_number: str = field(repr=False)
    joined_on: date | None
    leaves_on: date | None
    moves_on: date | None
    """Day of the move that is planned; one that has come may stand here too."""
    moves_to: str | None
    moves_section: UUID | None
    left_at: datetime | None
    version: int

    def moves_after(self, today: date) -> date | None:
        """Returns the day of a move that lies ahead; None where there is none."""
        return self.moves_on if self.moves_on and self.moves_on > today else None


@dataclass(frozen=True, slots=True)
class HeldPost:
    post: str
    names: tuple[str, str]
    since: date
    until: date | None
    acting_for: str | None
    """Id of the person who is absent; None for a post held by one's own right."""

    @property
    def holding(self) -> Holding:
        return Holding(self.post, self.since, self.until)


def _staff(today: date, wanted: StaffFilter) -> Select[Any]:
    query = (
        select(
            person,
            organisation.c.code.label("organisation_code"),
            organisation.c.name_zh.label("organisation_zh"),
            organisation.c.name_en.label("organisation_en"),
            section.c.section_id.label("section"),
            section.c.name_zh.label("section_name"),
        )
        .select_from(
            person.join(organisation, organisation.c.code == placements.organisation_on(today)).outerjoin(
                section, section.c.section_id == placements.section_on(today)
            )
        )
        .where(_p.realm == Realm.STAFF.value)
    )
    if wanted.organisation:
        query = query.where(organisation.c.code == wanted.organisation)
    if wanted.post:
        held = and_(_h.person_id == _p.person_id, _h.post == wanted.post, persons.is_held(today))
        query = query.where(exists().where(held))
    match wanted.state:
        case "present":
            query = query.where(_p.left_at.is_(None))
        case "leaving":
            query = query.where(_p.left_at.is_(None), _p.leaves_on.is_not(None))
        case "left":
            query = query.where(_p.left_at.is_not(None))
    return query


async def page(
    tx: AsyncConnection, personal: PersonalData, *, today: date, wanted: StaffFilter, after: str, limit: int
) -> list[StaffRow]:
    """Returns staff by login name, those after `after`."""
    query = _staff(today, wanted).where(_p.login_name > after).order_by(_p.login_name).limit(limit)
    return [_row(personal, row) for row in (await tx.execute(query)).mappings()]


async def every(
    tx: AsyncConnection, personal: PersonalData, *, today: date, wanted: StaffFilter, limit: int
) -> list[StaffRow]:
    """Returns staff by login name, from the first on, read in parts: they may be thousands."""
    query = _staff(today, wanted).order_by(_p.login_name).limit(limit)
    return [_row(personal, row) async for part in in_batches(tx, query) for row in part]


async def found_exactly(
    tx: AsyncConnection, personal: PersonalData, *, today: date, wanted: StaffFilter, typed: str, number: str | None
) -> list[StaffRow]:
    """Returns the staff with that login name, or that telephone number where there is one; at most 50."""
    mine = _p.login_name == typed
    if number is not None:
        mine = or_(mine, _p.mobile_index == personal.index(number))
    query = _staff(today, wanted).where(mine).order_by(_p.login_name).limit(50)
    return [_row(personal, row) for row in (await tx.execute(query)).mappings()]


async def get(tx: AsyncConnection, personal: PersonalData, person_id: UUID, today: date) -> StaffRow | None:
    """Returns a member of staff, also one who has left; None where there is none."""
    query = _staff(today, StaffFilter(state="all")).where(_p.person_id == person_id)
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else _row(personal, row)


async def exists_present(tx: AsyncConnection, person_id: UUID) -> bool:
    """Returns whether there is such a member of staff who has not left."""
    query = select(_p.person_id).where(_p.person_id == person_id, _p.realm == Realm.STAFF.value, _p.left_at.is_(None))
    return (await tx.execute(query)).one_or_none() is not None


async def lock(tx: AsyncConnection, person_id: UUID, version: int | None) -> int | None:
    """Locks a member of staff and returns the raised version; None where there is none, or the version differs.

    `version`: None for any.
    """
    mine = (_p.person_id == person_id) & (_p.realm == Realm.STAFF.value)
    if version is not None:
        mine &= _p.version == version
    counted = update(person).where(mine).values(version=_p.version + 1).returning(_p.version)
    new: int | None = (await tx.execute(counted)).scalar_one_or_none()
    return new


async def taken(tx: AsyncConnection, login_names: Collection[str]) -> dict[str, UUID]:
    """Returns the person ids by login name, of those that exist."""
    rows = await tx.execute(select(_p.login_name, _p.person_id).where(among(_p.login_name, login_names)))
    return {row.login_name: row.person_id for row in rows}


async def presence(
    tx: AsyncConnection, login_names: Collection[str], today: date
) -> dict[str, tuple[UUID, bool, date | None]]:
    """Returns the person id, whether they have left, and the day of a move that lies ahead, by login name; names that
    nobody has are left out.
    """
    ahead = case((_p.moves_on > today, _p.moves_on)).label("ahead")
    query = select(_p.login_name, _p.person_id, _p.left_at, ahead).where(among(_p.login_name, login_names))
    return {row.login_name: (row.person_id, row.left_at is not None, row.ahead) for row in await tx.execute(query)}


async def add(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    person_id: UUID,
    login_name: str,
    name: str,
    organisation_code: str,
    section_id: UUID | None,
    mobile_number: str,
    joined_on: date,
) -> None:
    await tx.execute(
        insert(person).values(
            person_id=person_id,
            realm=Realm.STAFF.value,
            login_name=login_name,
            name_encrypted=_encrypt(personal, name, "name_encrypted", person_id),
            mobile_encrypted=_encrypt(personal, mobile_number, "mobile_encrypted", person_id),
            mobile_index=personal.index(mobile_number),
            organisation=organisation_code,
            section_id=section_id,
            joined_on=joined_on,
        )
    )


async def leaves_on(tx: AsyncConnection, person_id: UUID) -> date | None:
    """Returns the day on which the person is going to leave; None where none is planned."""
    day: date | None = (await tx.execute(select(_p.leaves_on).where(_p.person_id == person_id))).scalar_one_or_none()
    return day


async def plan_leaving(tx: AsyncConnection, person_id: UUID, on: date | None) -> None:
    await tx.execute(update(person).where(_p.person_id == person_id).values(leaves_on=on))


async def leave(tx: AsyncConnection, person_id: UUID, now: datetime, today: date) -> None:
    """Marks the person as having left, ends posts yesterday, and deletes whatever they could sign in with.

    Posts in which others act for the person end as well; records stay.
    """
    await tx.execute(update(person).where(_p.person_id == person_id).values(left_at=now, leaves_on=None, moves_on=None))
    open_ended = and_(_h.person_id == person_id, or_(_h.until.is_(None), _h.until >= today))
    await tx.execute(delete(person_post).where(open_ended, _h.since >= today))
    await tx.execute(update(person_post).where(open_ended).values(until=_day_before(today)))
    acted = and_(_h.acting_for == person_id, or_(_h.until.is_(None), _h.until >= today))
    await tx.execute(update(person_post).where(acted, _h.since < today).values(until=_day_before(today)))
    for table in (password, totp, recovery_code, passkey, upstream_identity):
        await tx.execute(delete(table).where(table.c.person_id == person_id))


async def due_to_leave(tx: AsyncConnection, today: date, limit: int) -> list[UUID]:
    query = select(_p.person_id).where(_p.left_at.is_(None), _p.leaves_on <= today).limit(limit)
    return list((await tx.execute(query.with_for_update(skip_locked=True))).scalars())


async def lost_a_post(tx: AsyncConnection, first: date, today: date) -> list[tuple[str, date]]:
    """Returns the ids of people who held a post until `first` or a later day before today, with the last such day."""
    query = select(_h.person_id, func.max(_h.until)).where(_h.until >= first, _h.until < today)
    return [(str(person_id), until) for person_id, until in await tx.execute(query.group_by(_h.person_id))]


async def holdings(tx: AsyncConnection, person_id: UUID) -> list[Holding]:
    rows = await tx.execute(select(_h.post, _h.since, _h.until).where(_h.person_id == person_id))
    return [Holding(row.post, row.since, row.until) for row in rows]


async def held_posts(tx: AsyncConnection, person_id: UUID) -> list[HeldPost]:
    """Returns past, present and future posts of a person, the latest first."""
    rows = await tx.execute(
        select(person_post, post.c.name_zh, post.c.name_en)
        .select_from(person_post.join(post))
        .where(_h.person_id == person_id)
        .order_by(_h.since.desc(), _h.post)
    )
    return [
        HeldPost(
            post=row["post"],
            names=(row["name_zh"], row["name_en"]),
            since=row["since"],
            until=row["until"],
            acting_for=str(row["acting_for"]) if row["acting_for"] else None,
        )
        for row in rows.mappings()
    ]


async def give_post(
    tx: AsyncConnection, person_id: UUID, code: str, since: date, until: date | None, acting_for: UUID | None = None
) -> None:
    await tx.execute(
        insert(person_post).values(person_id=person_id, post=code, since=since, until=until, acting_for=acting_for)
    )


async def end_posts(
    tx: AsyncConnection, person_id: UUID, codes: Collection[str], last_day: date, *, acting: bool = False
) -> None:
    """Ends posts on the last day; one that would begin later is deleted.

    `acting`: ends posts held as a deputy, else those held by one's own right.
    """
    own = _h.acting_for.is_not(None) if acting else _h.acting_for.is_(None)
    mine = and_(_h.person_id == person_id, among(_h.post, codes), own, or_(_h.until.is_(None), _h.until > last_day))
    await tx.execute(delete(person_post).where(mine, _h.since > last_day))
    await tx.execute(update(person_post).where(mine).values(until=last_day))


async def replace_own_posts(
    tx: AsyncConnection, person_id: UUID, before: Collection[Holding], after: Collection[Holding]
) -> None:
    """Keeps the posts `after` that the person holds by their own right in the place of `before`."""
    for gone in set(before).difference(after):
        mine = and_(_h.person_id == person_id, _h.post == gone.post, _h.since == gone.since)
        await tx.execute(delete(person_post).where(mine, _h.acting_for.is_(None)))
    for new in set(after).difference(before):
        await give_post(tx, person_id, new.post, new.since, new.until)


async def deputies(tx: AsyncConnection, person_id: UUID, today: date) -> list[tuple[str, HeldPost]]:
    """Returns who acts for this person today or later, as person id and post, by first day."""
    rows = await tx.execute(
        select(person_post, post.c.name_zh, post.c.name_en)
        .select_from(person_post.join(post))
        .where(_h.acting_for == person_id, or_(_h.until.is_(None), _h.until >= today))
        .order_by(_h.since)
    )
    return [
        (
            str(row["person_id"]),
            HeldPost(row["post"], (row["name_zh"], row["name_en"]), row["since"], row["until"], str(person_id)),
        )
        for row in rows.mappings()
    ]


async def powers(tx: AsyncConnection, separated: Collection[str]) -> dict[str, frozenset[str]]:
    """Returns the separated roles that each post gives at identity; posts that give none are left out."""
    rows = await tx.execute(
        select(post_role.c.post, post_role.c.role).where(
            post_role.c.audience == "identity", post_role.c.role.in_(separated)
        )
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.post, set()).add(row.role)
    return {code: frozenset(roles) for code, roles in found.items()}


async def posts(tx: AsyncConnection) -> list[tuple[str, str, str]]:
    """Returns code, Chinese and English name of all posts, ordered by code."""
    rows = await tx.execute(select(post).order_by(post.c.code))
    return [(row.code, row.name_zh, row.name_en) for row in rows]


async def names(tx: AsyncConnection, personal: PersonalData, person_ids: Sequence[str]) -> dict[str, str]:
    """Returns name and login name as one text, by person id."""
    rows = await tx.execute(
        select(_p.person_id, _p.name_encrypted, _p.login_name).where(among(_p.person_id, [UUID(i) for i in person_ids]))
    )
    return {
        str(row.person_id): f"{_decrypt(personal, row.name_encrypted, 'name_encrypted', row.person_id)}"
        f" ({row.login_name})"
        for row in rows
    }


async def login_names(tx: AsyncConnection, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Returns the login name by person id, of those that have one: staff have, the public has not."""
    mine = among(_p.person_id, person_ids) & _p.login_name.is_not(None)
    return {row.person_id: row.login_name for row in await tx.execute(select(_p.person_id, _p.login_name).where(mine))}


async def counts(tx: AsyncConnection, today: date) -> dict[str, int]:
    """Returns the number of staff who have not left, by organisation."""
    code = placements.organisation_on(today).label("code")
    query = select(code, func.count()).where(_p.realm == Realm.STAFF.value, _p.left_at.is_(None))
    return {row[0]: row[1] for row in await tx.execute(query.group_by("code"))}


async def roles_of_posts(tx: AsyncConnection) -> dict[str, list[tuple[str, str]]]:
    """Returns audience and role, by post."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in await tx.execute(select(post_role).order_by(post_role.c.audience, post_role.c.role)):
        found.setdefault(row.post, []).append((row.audience, row.role))
    return found


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _row(personal: PersonalData, row: Mapping[Any, Any]) -> StaffRow:
    person_id = row["person_id"]
    return StaffRow(
        person_id=str(person_id),
        login_name=row["login_name"],
        name=_decrypt(personal, row["name_encrypted"], "name_encrypted", person_id),
        organisation=row["organisation_code"],
        organisation_names=(row["organisation_zh"], row["organisation_en"]),
        section_id=row["section"],
        section_name=row["section_name"],
        mobile_number=_decrypt(personal, row["mobile_encrypted"], "mobile_encrypted", person_id),
        joined_on=row["joined_on"],
        leaves_on=row["leaves_on"],
        moves_on=row["moves_on"],
        moves_to=row["moves_to"],
        moves_section=row["moves_section"],
        left_at=row["left_at"],
        version=row["version"],
    )


def _encrypt(personal: PersonalData, text: str, column: str, person_id: UUID) -> bytes:
    return personal.encrypt(text, table="person", column=column, row=str(person_id))


def _decrypt(personal: PersonalData, blob: bytes | None, column: str, person_id: UUID) -> str:
    return "" if blob is None else personal.decrypt(blob, table="person", column=column, row=str(person_id))
