"""Queries on representations: who acts for whom."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from sqlalchemy import Column, Label, Select, and_, any_, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.representations.representation import Representation, RepresentationKind
from pingshan_identity.store.tables import client, person, representation

_t = representation.c


def counts(today: date | ColumnElement[date], system: str | ColumnElement[str] | None) -> ColumnElement[bool]:
    """Returns the condition that a representation is current and valid in the system; None stands for any system."""
    current = and_(_t.ended_at.is_(None), _t.since <= today, or_(_t.until.is_(None), _t.until >= today))
    if system is None:
        return current
    named = literal(system) if isinstance(system, str) else system
    return and_(current, or_(func.cardinality(_t.scope) == 0, named == any_(_t.scope)))


def acting_for(holder_index: bytes, today: date, system: str | None) -> Select[Any]:
    """Returns the query for ids of the people who act for a holder in a system today."""
    return select(_t.person_id).where(_t.holder_index == holder_index, counts(today, system))


async def holder_codes(
    tx: AsyncConnection, personal: PersonalData, person_id: UUID, today: date, system: str
) -> list[str]:
    """Returns the codes of those whom the person acts for in that system today, each once."""
    rows = await tx.execute(
        select(_t.representation_id, _t.holder_encrypted)
        .where(_t.person_id == person_id, counts(today, system))
        .order_by(_t.since, _t.representation_id)
    )
    return _each_once(personal, [(row.representation_id, row.holder_encrypted) for row in rows])


def held_columns(
    person_id: ColumnElement[UUID], today: ColumnElement[date], system: ColumnElement[str]
) -> Sequence[Label[Any]]:
    """Returns the columns of a person's row that `held_codes` reads."""

    def all_of(column: Column[Any]) -> Label[Any]:
        ordered = aggregate_order_by(column, _t.since, _t.representation_id)
        mine = select(func.array_agg(ordered)).where(_t.person_id == person_id, counts(today, system))
        return mine.correlate_except(representation).scalar_subquery().label(f"{column.name}s")

    return [all_of(_t.representation_id), all_of(_t.holder_encrypted)]


def held_codes(personal: PersonalData, row: Mapping[Any, Any]) -> list[str]:
    """Returns what `holder_codes` returns, of a row that has the `held_columns`."""
    ids, codes = row["representation_ids"] or (), row["holder_encrypteds"] or ()
    return _each_once(personal, list(zip(ids, codes, strict=True)))


def _each_once(personal: PersonalData, held: Sequence[tuple[UUID, bytes]]) -> list[str]:
    codes = [_decrypt(personal, blob, "holder_encrypted", str(representation_id)) for representation_id, blob in held]
    return list(dict.fromkeys(codes))


async def get(tx: AsyncConnection, personal: PersonalData, representation_id: UUID) -> Representation | None:
    """Returns the representation, locked until the commit; None where there is none."""
    found = await tx.execute(select(representation).where(_t.representation_id == representation_id).with_for_update())
    row = found.mappings().one_or_none()
    return None if row is None else _representation(personal, row)


async def of_person(tx: AsyncConnection, personal: PersonalData, person_id: str) -> list[Representation]:
    """Returns all representations of a person, past ones included, the latest first."""
    rows = await tx.execute(
        select(representation).where(_t.person_id == UUID(person_id)).order_by(_t.since.desc(), _t.representation_id)
    )
    return [_representation(personal, row) for row in rows.mappings()]


async def expired(tx: AsyncConnection, personal: PersonalData, today: date, limit: int) -> list[Representation]:
    """Returns representations whose last day is over and that nobody has ended, locked until the commit."""
    over = select(representation).where(_t.ended_at.is_(None), _t.until < today).order_by(_t.until).limit(limit)
    rows = await tx.execute(over.with_for_update(skip_locked=True))
    return [_representation(personal, row) for row in rows.mappings()]


async def agents_of(
    tx: AsyncConnection, personal: PersonalData, holder_code: str, today: date
) -> list[tuple[Representation, str]]:
    """Returns the current agents of a company with their names, the latest first."""
    rows = await tx.execute(
        select(representation, person.c.name_encrypted)
        .join(person)
        .where(
            _t.holder_index == personal.index(holder_code),
            _t.kind == RepresentationKind.AGENT.value,
            counts(today, None),
        )
        .order_by(_t.since.desc(), _t.representation_id)
    )
    return [
        (
            _representation(personal, row),
            personal.decrypt(row["name_encrypted"], table="person", column="name_encrypted", row=str(row["person_id"])),
        )
        for row in rows.mappings()
    ]


async def appoint(
    tx: AsyncConnection,
    personal: PersonalData,
    by: Representation,
    *,
    person_id: str,
    scope: tuple[str, ...],
    since: date,
    until: date,
) -> str | None:
    """Returns the id of the appointment; a second one on the same day replaces the first.

    None where the person acts for the company in another way since that day.
    """
    new = uuid7()
    row = insert(representation).values(
        representation_id=new,
        person_id=UUID(person_id),
        holder_index=personal.index(by.holder_code),
        holder_encrypted=_encrypt(personal, by.holder_code, "holder_encrypted", str(new)),
        holder_name_encrypted=_encrypt(personal, by.holder_name, "holder_name_encrypted", str(new)),
        kind=RepresentationKind.AGENT.value,
        scope=list(scope),
        since=since,
        until=until,
    )
    done = await tx.execute(
        row.on_conflict_do_update(
            index_elements=[_t.person_id, _t.holder_index, _t.since],
            set_={"scope": list(scope), "until": until, "ended_at": None},
            where=_t.kind == RepresentationKind.AGENT.value,
        ).returning(_t.representation_id)
    )
    kept = done.scalar_one_or_none()
    return None if kept is None else str(kept)


async def end(tx: AsyncConnection, representation_id: str, now: datetime) -> bool:
    """Ends a representation. Returns False where it had ended before."""
    ended = await tx.execute(
        update(representation)
        .where(_t.representation_id == UUID(representation_id), _t.ended_at.is_(None))
        .values(ended_at=now)
        .returning(_t.representation_id)
    )
    return ended.one_or_none() is not None


async def public_systems(tx: AsyncConnection) -> dict[str, tuple[str, str]]:
    """Returns the Chinese and English names of the systems that the public opens, by code."""
    rows = await tx.execute(
        select(client.c.client_id, client.c.name_zh, client.c.name_en)
        .where(literal(Realm.PUBLIC.value) == any_(client.c.realms), client.c.disabled_at.is_(None))
        .order_by(client.c.client_id)
    )
    return {row.client_id: (row.name_zh, row.name_en) for row in rows}


def _representation(personal: PersonalData, row: Mapping[Any, Any]) -> Representation:
    own = str(row["representation_id"])
    name = row["holder_name_encrypted"]
    return Representation(
        representation_id=own,
        person_id=str(row["person_id"]),
        holder_code=_decrypt(personal, row["holder_encrypted"], "holder_encrypted", own),
        holder_name="" if name is None else _decrypt(personal, name, "holder_name_encrypted", own),
        kind=RepresentationKind(row["kind"]),
        scope=tuple(row["scope"]),
        since=row["since"],
        until=row["until"],
        ended=row["ended_at"] is not None,
    )


def _encrypt(personal: PersonalData, text: str, column: str, row: str) -> bytes:
    return personal.encrypt(text, table="representation", column=column, row=row)


def _decrypt(personal: PersonalData, blob: bytes, column: str, row: str) -> str:
    return personal.decrypt(blob, table="representation", column=column, row=row)
