"""Queries on licences; personal fields are encrypted when written and decrypted when read."""

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from pingshan_values.text import is_storable
from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import Credential
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.issuing.requirements import HeldLicense
from pingshan_e_license.domain.license import License, LicenseOfType, Standing, State
from pingshan_e_license.domain.life_cycle.consequences import Beside
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.store.tables import license_

_TABLE = "license"


@dataclass(frozen=True)
class Criteria:
    """Holds conditions that must all hold; None and empty text filter nothing, an empty tuple matches nothing."""

    agency: str | None = None
    type: str = ""
    holder_codes: tuple[str, ...] | None = None
    text: str = ""
    """Begin of a serial number, or an identifier."""
    state: State | None = None
    today: date | None = None
    """The day of `state`."""


@dataclass(frozen=True, slots=True)
class NewLicense:
    license: License
    personal_names: frozenset[str]
    """Names of the attributes that are encrypted."""
    request_index: bytes = field(repr=False)
    """Keyed hash of the order's content."""


class KnownSerial(NamedTuple):
    """Tells which licence has a serial number, by which order, for which case and holder."""

    license_id: UUID
    request_index: bytes
    case_id: str
    holder_index: bytes


async def add_all(tx: AsyncConnection, personal: PersonalData, new: Sequence[NewLicense]) -> frozenset[UUID]:
    """Inserts the licences, and returns the ids of all but those whose type, serial number and version are taken.

    Waits for another transaction that is inserting one of the serial numbers to end.
    """
    if not new:
        return frozenset()
    rows = [_values(personal, each) for each in new]
    statement = insert(license_).on_conflict_do_nothing().returning(license_.c.license_id)
    return frozenset((await tx.execute(statement, rows)).scalars())


async def by_id(tx: AsyncConnection, personal: PersonalData, license_id: UUID, *, lock: bool = False) -> License | None:
    query = select(license_).where(license_.c.license_id == license_id)
    return await _one(tx, personal, query.with_for_update() if lock else query)


def of_type(row: Any, personal: PersonalData) -> LicenseOfType:
    """Makes the licence of a row that has the columns of both tables, whoever asked for it."""
    return LicenseOfType(_license(row, personal), LicenseType(row.definition))


async def by_serial(tx: AsyncConnection, type_code: str, serial_number: str) -> KnownSerial | None:
    """Returns who has the serial number's first version, None where the serial number is free."""
    return (await by_serials(tx, type_code, [serial_number])).get(serial_number)


async def by_serials(tx: AsyncConnection, type_code: str, serial_numbers: Sequence[str]) -> dict[str, KnownSerial]:
    """Returns who has the first version of each serial number; those that are free are left out."""
    columns = (license_.c.license_id, license_.c.request_index, license_.c.case_id, license_.c.holder_code_index)
    query = select(license_.c.serial_number, *columns).where(
        license_.c.type == type_code, among(license_.c.serial_number, serial_numbers), license_.c.version == 1
    )
    return {row[0]: KnownSerial(*row[1:]) for row in await tx.execute(query)}


async def page(
    tx: AsyncConnection, personal: PersonalData, criteria: Criteria, *, before: UUID | None, limit: int
) -> list[License]:
    """Returns up to `limit` licences, the newest first; `before` keeps those issued before the licence with that id."""
    if not is_storable([criteria.type, criteria.text, criteria.holder_codes or ()]):
        return []
    query = select(license_).where(*_conditions(personal, criteria))
    if before is not None:
        query = query.where(license_.c.license_id < before)
    rows = await tx.execute(query.order_by(license_.c.license_id.desc()).limit(limit))
    return [_license(row, personal) for row in rows]


async def held(
    tx: AsyncConnection, personal: PersonalData, holder_code: str, types: Iterable[str]
) -> list[HeldLicense]:
    """Returns the holder's licences of the types, valid or not, locked against revocation."""
    index = personal.index(holder_code)
    return (await held_by(tx, {index}, types)).get(index, [])


async def held_by(
    tx: AsyncConnection, holder_indexes: Set[bytes], types: Iterable[str]
) -> dict[bytes, list[HeldLicense]]:
    """Returns the holders' licences of the types as `held` does, by the keyed hash of the holder's code."""
    query = select(
        license_.c.holder_code_index,
        license_.c.type,
        license_.c.standing,
        license_.c.effective_on,
        license_.c.expires_on,
    ).where(among(license_.c.holder_code_index, holder_indexes), among(license_.c.type, set(types)))
    # in this order, as `lock_beside` locks them too: two who lock several never wait for each other
    found: dict[bytes, list[HeldLicense]] = {}
    for row in await tx.execute(query.order_by(license_.c.license_id).with_for_update(read=True)):
        each = HeldLicense(row.type, Standing(row.standing), Period(row.effective_on, row.expires_on))
        found.setdefault(row.holder_code_index, []).append(each)
    return found


async def lock_beside(
    tx: AsyncConnection, personal: PersonalData, holder_code: str, types: Iterable[str]
) -> list[Beside]:
    """Returns the holder's licences of the types, valid or not, by id, and locks them until the commit."""
    return await _beside(tx, personal, holder_code, types, lock=True)


async def beside(tx: AsyncConnection, personal: PersonalData, holder_code: str, types: Iterable[str]) -> list[Beside]:
    """Returns the holder's licences of the types, valid or not, by id."""
    return await _beside(tx, personal, holder_code, types, lock=False)


async def _beside(
    tx: AsyncConnection, personal: PersonalData, holder_code: str, types: Iterable[str], *, lock: bool
) -> list[Beside]:
    columns = (license_.c.license_id, license_.c.type, license_.c.standing)
    query = select(*columns, license_.c.effective_on, license_.c.expires_on).where(
        license_.c.holder_code_index == personal.index(holder_code), among(license_.c.type, set(types))
    )
    query = query.order_by(license_.c.license_id)
    return [
        Beside(row.license_id, row.type, Standing(row.standing), Period(row.effective_on, row.expires_on))
        for row in await tx.execute(query.with_for_update() if lock else query)
    ]


async def by_ids(tx: AsyncConnection, personal: PersonalData, license_ids: Iterable[UUID]) -> list[License]:
    """Returns the licences by id; those that are not known are left out."""
    query = select(license_).where(among(license_.c.license_id, set(license_ids))).order_by(license_.c.license_id)
    return [_license(row, personal) for row in await tx.execute(query)]


async def versions(tx: AsyncConnection, personal: PersonalData, type_code: str, serial_number: str) -> list[License]:
    """Returns all versions of a licence, the first one first."""
    of_serial = (license_.c.type == type_code, license_.c.serial_number == serial_number)
    rows = await tx.execute(select(license_).where(*of_serial).order_by(license_.c.version))
    return [_license(row, personal) for row in rows]


async def expiring(
    tx: AsyncConnection,
    personal: PersonalData,
    agency: str,
    *,
    days: tuple[date, date],
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[License]:
    """Returns up to `limit` licences in force of the agency whose last day is one of `days`, by that day and id."""
    key = (license_.c.expires_on, license_.c.license_id)
    query = select(license_).where(
        license_.c.agency == agency,
        license_.c.standing.in_([Standing.VALID.value, Standing.SUSPENDED.value]),
        license_.c.expires_on.between(*days),
    )
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    return [_license(row, personal) for row in await tx.execute(query.order_by(*key).limit(limit))]


async def set_standing(tx: AsyncConnection, license_id: UUID, standing: Standing, revision: int) -> None:
    change = license_.update().where(license_.c.license_id == license_id)
    await tx.execute(change.values(standing=standing.value, revision=revision))


async def _one(tx: AsyncConnection, personal: PersonalData, query: Select[Any]) -> License | None:
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _license(row, personal)


def _conditions(personal: PersonalData, criteria: Criteria) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if criteria.agency is not None:
        conditions.append(license_.c.agency == criteria.agency)
    if criteria.type:
        conditions.append(license_.c.type == criteria.type)
    if criteria.holder_codes is not None:
        indexes = [personal.index(code) for code in criteria.holder_codes]
        conditions.append(among(license_.c.holder_code_index, indexes))
    if criteria.text:
        serial = license_.c.serial_number.startswith(criteria.text, autoescape=True)
        conditions.append(or_(serial, license_.c.identifier == criteria.text))
    if criteria.state is not None and criteria.today is not None:
        conditions.extend(_of_state(criteria.state, criteria.today))
    return conditions


def _of_state(state: State, today: date) -> list[ColumnElement[bool]]:
    """Says `state_of` in SQL; a test compares the two."""
    first, last = license_.c.effective_on, license_.c.expires_on
    by_dates: dict[State, list[ColumnElement[bool]]] = {
        State.NOT_YET_VALID: [first > today],
        State.VALID: [first <= today, or_(last.is_(None), last >= today)],
        State.EXPIRED: [first <= today, last < today],
    }
    standing = Standing.VALID.value if state in by_dates else state.value
    return [license_.c.standing == standing, *by_dates.get(state, [])]


def _values(personal: PersonalData, added: NewLicense) -> dict[str, Any]:
    new, personal_names = added.license, added.personal_names
    row = str(new.license_id)

    def sealed(column: str, text: str) -> bytes:
        return personal.encrypt(text, table=_TABLE, column=column, row=row)

    hidden = {name: value for name, value in new.attributes.items() if name in personal_names}
    return {
        "license_id": new.license_id,
        "identifier": new.identifier,
        "type": new.type,
        "agency": new.agency,
        "serial_number": new.serial_number,
        "version": new.version,
        "holder_code_type": new.holder.code_type,
        "holder_name": sealed("holder_name", new.holder.name),
        "holder_code": sealed("holder_code", new.holder.code),
        "holder_code_index": personal.index(new.holder.code),
        "attributes": {name: value for name, value in new.attributes.items() if name not in personal_names},
        "personal_attributes": sealed("personal_attributes", _json(hidden)),
        "effective_on": new.period.effective_on,
        "expires_on": new.period.expires_on,
        "issued_at": new.issued_at,
        "case_id": new.case_id,
        "credential": new.credential.jwt,
        "disclosures": sealed("disclosures", _json(new.credential.disclosures)),
        "standing": new.standing.value,
        "revision": new.revision,
        "request_index": added.request_index,
    }


def _license(row: Any, personal: PersonalData) -> License:
    def opened(column: str) -> str:
        blob: bytes = getattr(row, column)
        return personal.decrypt(blob, table=_TABLE, column=column, row=str(row.license_id))

    return License(
        license_id=row.license_id,
        identifier=row.identifier,
        type=row.type,
        agency=row.agency,
        serial_number=row.serial_number,
        version=row.version,
        holder=Holder(opened("holder_name"), opened("holder_code"), row.holder_code_type),
        attributes={**row.attributes, **json.loads(opened("personal_attributes"))},
        period=Period(row.effective_on, row.expires_on),
        issued_at=row.issued_at,
        case_id=row.case_id,
        credential=Credential(row.credential, tuple(json.loads(opened("disclosures")))),
        standing=Standing(row.standing),
        revision=row.revision,
        is_flagged=row.is_flagged,
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
