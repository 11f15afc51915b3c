"""Queries on people, their posts, roles and representations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import Select, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_identity.domain.oauth.claims import Subject
from pingshan_identity.domain.people.person import Contact, Person
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.people.placements import organisation_on
from pingshan_identity.store.representations.representations import (
    acting_for,
    held_codes,
    held_columns,
    holder_codes,
)
from pingshan_identity.store.tables import password, person, person_post, post, post_role


@dataclass(frozen=True, slots=True)
class Credential:
    person_id: str
    password_hash: str | None = field(repr=False)
    password_changed_at: datetime | None


async def credential_of(tx: AsyncConnection, personal: PersonalData, realm: Realm, login: str) -> Credential | None:
    """Returns who signs in with that login name or mobile number; None where nobody does, or they have left."""
    by_login = person.c.mobile_index == personal.index(login) if realm is Realm.PUBLIC else person.c.login_name == login
    row = (
        await tx.execute(
            select(person.c.person_id, password.c.hash, password.c.changed_at)
            .select_from(person.outerjoin(password))
            .where(person.c.realm == realm.value, by_login, person.c.left_at.is_(None))
        )
    ).one_or_none()
    return None if row is None else Credential(str(row.person_id), row.hash, row.changed_at)


async def lock_ways_in(tx: AsyncConnection, person_id: str) -> None:
    """Locks the person until the commit: whoever adds or takes a way into their account does this first, and reads
    session and factors after it, so that of two at once the second sees what the first has left.

    Rows that only name the person are written meanwhile.
    """
    mine = person.c.person_id == UUID(person_id)
    await tx.execute(select(person.c.person_id).where(mine).with_for_update(key_share=True))


async def get(tx: AsyncConnection, personal: PersonalData, person_id: UUID, today: date) -> Person | None:
    """Returns the person with the posts of today; None where there is none, or they have left."""
    row = (await tx.execute(_persons(today).where(person.c.person_id == person_id))).mappings().one_or_none()
    return None if row is None else _person(personal, row)


async def by_post(
    tx: AsyncConnection, personal: PersonalData, *, organisation: str, code: str, today: date, after: UUID, limit: int
) -> list[Person]:
    """Returns people of an organisation who hold the post `code` today, ordered by id, those after `after`."""
    holders = select(person_post.c.person_id).where(person_post.c.post == code, is_held(today))
    rows = await tx.execute(
        _persons(today)
        .where(
            organisation_on(today) == organisation,
            person.c.person_id.in_(holders),
            person.c.person_id > after,
        )
        .order_by(person.c.person_id)
        .limit(limit)
    )
    return [_person(personal, row) for row in rows.mappings()]


async def representatives(
    tx: AsyncConnection, personal: PersonalData, holder_code: str, today: date, system: str | None
) -> list[Person]:
    """Returns who may act for a holder in a system: the person with that number, or who represents the company."""
    index = personal.index(holder_code)
    acting = acting_for(index, today, system)
    rows = await tx.execute(
        _persons(today)
        .where(or_(person.c.person_number_index == index, person.c.person_id.in_(acting)))
        .order_by(person.c.person_id)
    )
    return [_person(personal, row) for row in rows.mappings()]


async def contacts(tx: AsyncConnection, personal: PersonalData, person_ids: Collection[UUID]) -> list[Contact]:
    """Returns contacts ordered by id; leaves out people who do not exist or have left."""
    rows = await tx.execute(
        select(person.c.person_id, person.c.mobile_encrypted, person.c.language)
        .where(among(person.c.person_id, person_ids), person.c.left_at.is_(None))
        .order_by(person.c.person_id)
    )
    return [_contact(personal, row) for row in rows.mappings()]


async def mobile_of(tx: AsyncConnection, personal: PersonalData, person_id: str) -> str | None:
    """Returns the mobile number in E.164; None where none is known."""
    key = UUID(person_id)
    blob = (await tx.execute(select(person.c.mobile_encrypted).where(person.c.person_id == key))).scalar_one_or_none()
    return _decrypt(personal, blob, "mobile_encrypted", person_id)


async def name_of(tx: AsyncConnection, personal: PersonalData, person_id: str) -> str:
    """Returns the name, also of somebody who has left; empty where there is no such person."""
    key = UUID(person_id)
    blob = (await tx.execute(select(person.c.name_encrypted).where(person.c.person_id == key))).scalar_one_or_none()
    return _decrypt(personal, blob, "name_encrypted", person_id) or ""


async def sign_in_name(tx: AsyncConnection, personal: PersonalData, person_id: str) -> str:
    """Returns the login name, or the mobile number in the public realm; the person must exist."""
    key = UUID(person_id)
    row = (
        await tx.execute(select(person.c.login_name, person.c.mobile_encrypted).where(person.c.person_id == key))
    ).one()
    return row.login_name or _decrypt(personal, row.mobile_encrypted, "mobile_encrypted", person_id) or ""


async def subject(
    tx: AsyncConnection, personal: PersonalData, person_id: str, audience: str, today: date
) -> Subject | None:
    """Returns the person with roles at the audience and whom they act for there today; None where they have left."""
    key = UUID(person_id)
    row = (await tx.execute(_subjects(literal(key), literal(audience), literal(today)))).mappings().one_or_none()
    if row is None:
        return None
    companies = await holder_codes(tx, personal, key, today, audience) if _acts_for_others(row) else []
    return _subject(personal, row, companies)


def subjects_with_holders(
    person_id: ColumnElement[UUID], audience: ColumnElement[str], today: ColumnElement[date]
) -> Select[Any]:
    """Returns the query for what `subject_with_holders` reads of a person; no row where they have left."""
    return _subjects(person_id, audience, today).add_columns(*held_columns(person.c.person_id, today, audience))


def subject_with_holders(personal: PersonalData, row: Mapping[Any, Any]) -> Subject:
    """Returns a row of `subjects_with_holders` as `subject` does."""
    return _subject(personal, row, held_codes(personal, row) if _acts_for_others(row) else [])


async def roles_by_audience(tx: AsyncConnection, person_id: str, today: date) -> dict[str, frozenset[str]]:
    """Returns the roles that the person's posts give today, by audience."""
    rows = await tx.execute(
        select(post_role.c.audience, post_role.c.role)
        .select_from(person_post.join(post_role, post_role.c.post == person_post.c.post))
        .where(person_post.c.person_id == UUID(person_id), is_held(today))
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.audience, set()).add(row.role)
    return {audience: frozenset(roles) for audience, roles in found.items()}


async def roles_in_office(tx: AsyncConnection, person_id: str, today: date) -> frozenset[str]:
    """Returns the roles at identity that the person's posts give today; none where they have left."""
    rows = await tx.execute(
        select(post_role.c.role)
        .select_from(
            person_post.join(post_role, post_role.c.post == person_post.c.post).join(
                person, person.c.person_id == person_post.c.person_id
            )
        )
        .where(
            person.c.person_id == UUID(person_id),
            person.c.left_at.is_(None),
            post_role.c.audience == "identity",
            is_held(today),
        )
    )
    return frozenset(rows.scalars())


async def post_names(tx: AsyncConnection, codes: Sequence[str]) -> list[tuple[str, str]]:
    """Returns the Chinese and English names of posts, ordered by code."""
    rows = await tx.execute(
        select(post.c.name_zh, post.c.name_en).where(among(post.c.code, codes)).order_by(post.c.code)
    )
    return [(row.name_zh, row.name_en) for row in rows]


def _subjects(person_id: ColumnElement[UUID], audience: ColumnElement[str], today: ColumnElement[date]) -> Select[Any]:
    roles = (
        select(func.array_agg(post_role.c.role.distinct()))
        .select_from(person_post.join(post_role, post_role.c.post == person_post.c.post))
        .where(person_post.c.person_id == person.c.person_id, post_role.c.audience == audience, is_held(today))
        .correlate_except(person_post, post_role)
        .scalar_subquery()
    )
    return (
        _persons(today)
        .add_columns(
            roles.label("roles"), person.c.person_number_encrypted, person.c.mobile_encrypted, person.c.updated_at
        )
        .where(person.c.person_id == person_id)
    )


def _acts_for_others(row: Mapping[Any, Any]) -> bool:
    return Realm(row["realm"]) is Realm.PUBLIC


def _subject(personal: PersonalData, row: Mapping[Any, Any], companies: Sequence[str]) -> Subject:
    person_id = str(row["person_id"])
    own = _decrypt(personal, row["person_number_encrypted"], "person_number_encrypted", person_id)
    mobile = _decrypt(personal, row["mobile_encrypted"], "mobile_encrypted", person_id)
    act_for = tuple(code for code in (own, *companies) if code)
    return Subject(_person(personal, row), tuple(sorted(row["roles"] or ())), act_for, mobile or "", row["updated_at"])


def _persons(today: date | ColumnElement[date]) -> Select[Any]:
    posts = (
        select(func.array_agg(person_post.c.post.distinct()))
        .where(person_post.c.person_id == person.c.person_id, is_held(today))
        .correlate_except(person_post)
        .scalar_subquery()
    )
    return select(
        person.c.person_id,
        person.c.realm,
        person.c.login_name,
        person.c.name_encrypted,
        organisation_on(today).label("organisation"),
        person.c.language,
        posts.label("posts"),
    ).where(person.c.left_at.is_(None))


def is_held(today: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Returns the condition that a person holds a post today; it is `Holding.is_held_on` again, for speed."""
    return and_(person_post.c.since <= today, or_(person_post.c.until.is_(None), person_post.c.until >= today))


def _person(personal: PersonalData, row: Mapping[Any, Any]) -> Person:
    person_id = str(row["person_id"])
    return Person(
        person_id=person_id,
        realm=Realm(row["realm"]),
        name=_decrypt(personal, row["name_encrypted"], "name_encrypted", person_id) or "",
        login_name=row["login_name"],
        organisation=row["organisation"],
        posts=tuple(sorted(row["posts"] or ())),
        language=row["language"],
    )


def _contact(personal: PersonalData, row: Mapping[Any, Any]) -> Contact:
    person_id = str(row["person_id"])
    number = _decrypt(personal, row["mobile_encrypted"], "mobile_encrypted", person_id)
    return Contact(person_id, number or "", row["language"])


def _decrypt(personal: PersonalData, blob: bytes | None, column: str, row: str) -> str | None:
    return None if blob is None else personal.decrypt(blob, table="person", column=column, row=row)
