"""Queries on people of the public: who has a number, who is new, and what was proven."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.upstream import REAL_NAME_LEVEL, TELEPHONE_LEVEL, Known, Proven
from pingshan_identity.store.tables import passkey, password, person, totp, upstream_identity

_p = person.c
_LOCK_SPACE = 7_482


async def lock_number(tx: AsyncConnection, personal: PersonalData, person_number: str) -> None:
    """Locks the person number until the commit, so that nobody else proves it meanwhile."""
    index = personal.index(person_number).hex()
    await tx.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, func.hashtext(index))))


async def by_number(tx: AsyncConnection, personal: PersonalData, person_number: str) -> Known | None:
    return await _known(tx, personal, _p.person_number_index == personal.index(person_number))


async def by_mobile(tx: AsyncConnection, personal: PersonalData, mobile: str) -> Known | None:
    """Returns who has that number (E.164), locked until the commit; None where nobody does, or they have left.

    Numbers are handed on: that somebody has it says nothing of who had it when the account was made.
    """
    return await _known(tx, personal, _p.mobile_index == personal.index(mobile))


async def get(tx: AsyncConnection, personal: PersonalData, person_id: str) -> Known | None:
    return await _known(tx, personal, _p.person_id == UUID(person_id))


async def level_of(tx: AsyncConnection, person_id: str) -> int:
    """Returns the real-name level, 0 to 2; the person must exist."""
    return int((await tx.execute(select(_p.real_name_level).where(_p.person_id == UUID(person_id)))).scalar_one())


async def add(
    tx: AsyncConnection, personal: PersonalData, *, mobile: str | None, language: str, real_name_level: int
) -> str | None:
    """Adds a person without a name and returns the id; None where the number is taken, also by one who has left."""
    person_id = uuid7()
    values: dict[str, Any] = {
        "person_id": person_id,
        "realm": Realm.PUBLIC.value,
        "name_encrypted": _encrypt(personal, "", "name_encrypted", str(person_id)),
        "language": language,
        "real_name_level": real_name_level,
    }
    if mobile is not None:
        values["mobile_encrypted"] = _encrypt(personal, mobile, "mobile_encrypted", str(person_id))
        values["mobile_index"] = personal.index(mobile)
    added = await tx.execute(insert(person).values(values).on_conflict_do_nothing().returning(_p.person_id))
    return None if added.one_or_none() is None else str(person_id)


async def has_more_than_sms(tx: AsyncConnection, person_id: str) -> bool:
    """Returns whether the account stands on more than its telephone number.

    That is a proven name, a password, a passkey, an authenticator, or an upstream. The person must exist.
    """
    owned = (password, passkey, totp, upstream_identity)
    factors = [exists().where(table.c.person_id == _p.person_id) for table in owned]
    query = select(or_(_p.real_name_level >= REAL_NAME_LEVEL, *factors)).where(_p.person_id == UUID(person_id))
    return bool((await tx.execute(query)).scalar_one())


async def release_mobile(tx: AsyncConnection, personal: PersonalData, mobile: str) -> str | None:
    """Takes the number from whoever has it, also from one who has left, and returns their id; None for nobody."""
    released = await tx.execute(
        update(person)
        .where(_p.mobile_index == personal.index(mobile), _p.realm == Realm.PUBLIC.value)
        .values(mobile_encrypted=None, mobile_index=None, version=_p.version + 1)
        .returning(_p.person_id)
    )
    person_id = released.scalar_one_or_none()
    return None if person_id is None else str(person_id)


async def note_telephone(tx: AsyncConnection, person_id: str) -> None:
    """Raises the real-name level to 1 where it was 0, after a code sent to the number was typed."""
    await tx.execute(
        update(person)
        .where(_p.person_id == UUID(person_id), _p.real_name_level < TELEPHONE_LEVEL)
        .values(real_name_level=TELEPHONE_LEVEL)
    )


async def fill(tx: AsyncConnection, personal: PersonalData, person_id: str, proven: Proven) -> bool:
    """Fills in the proven name and number and sets level 2. Returns False where one is missing or level 2 was reached.

    The caller has locked the number.
    """
    if proven.name is None or proven.person_number is None:
        return False
    filled = await tx.execute(
        update(person)
        .where(_p.person_id == UUID(person_id), _p.real_name_level < REAL_NAME_LEVEL)
        .values(
            name_encrypted=_encrypt(personal, proven.name, "name_encrypted", person_id),
            person_number_encrypted=_encrypt(personal, proven.person_number, "person_number_encrypted", person_id),
            person_number_index=personal.index(proven.person_number),
            real_name_level=REAL_NAME_LEVEL,
            version=_p.version + 1,
        )
        .returning(_p.person_id)
    )
    return filled.one_or_none() is not None


async def _known(tx: AsyncConnection, personal: PersonalData, condition: ColumnElement[bool]) -> Known | None:
    found = await tx.execute(
        select(_p.person_id, _p.name_encrypted, _p.person_number_encrypted, _p.real_name_level)
        .where(condition, _p.realm == Realm.PUBLIC.value, _p.left_at.is_(None))
        .with_for_update()
    )
    row = found.mappings().one_or_none()
    return None if row is None else _of_row(personal, row)


def _of_row(personal: PersonalData, row: Mapping[Any, Any]) -> Known:
    person_id = str(row["person_id"])
    number = row["person_number_encrypted"]
    return Known(
        person_id,
        personal.decrypt(row["name_encrypted"], table="person", column="name_encrypted", row=person_id),
        None
        if number is None
        else personal.decrypt(number, table="person", column="person_number_encrypted", row=person_id),
        row["real_name_level"],
    )


def _encrypt(personal: PersonalData, text: str, column: str, person_id: str) -> bytes:
    return personal.encrypt(text, table="person", column=column, row=person_id)
