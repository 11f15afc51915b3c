"""Queries on the catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pingshan_kit.storage.among import among
from pingshan_values.text import is_storable
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.catalogue.license_type import LicenseType, Origin
from pingshan_e_license.domain.license import License, LicenseOfType
from pingshan_e_license.store.tables import license_type


async def by_code(tx: AsyncConnection, code: str) -> LicenseType | None:
    if not is_storable(code):
        return None
    query = select(license_type.c.definition).where(license_type.c.code == code)
    definition = (await tx.execute(query)).scalar_one_or_none()
    return None if definition is None else LicenseType(definition)


async def by_codes(tx: AsyncConnection, codes: Iterable[str]) -> dict[str, LicenseType]:
    query = select(license_type.c.code, license_type.c.definition).where(among(license_type.c.code, set(codes)))
    return {row.code: LicenseType(row.definition) for row in await tx.execute(query)}


async def beside(tx: AsyncConnection, found: Sequence[License]) -> list[LicenseOfType]:
    """Returns the licences in their order, each beside its type. Raises KeyError for a type that is not stored."""
    types = await by_codes(tx, (each.type for each in found))
    return [LicenseOfType(each, types[each.type]) for each in found]


async def page(tx: AsyncConnection, *, agency: str, text: str, after: int, limit: int) -> list[tuple[int, LicenseType]]:
    """Returns up to `limit` types with numbers above `after`, by number.

    `agency` and `text`, which is looked for in names and code, filter nothing where empty.
    """
    if not is_storable([agency, text]):
        return []
    query = select(license_type.c.number, license_type.c.definition).where(license_type.c.number > after)
    if agency:
        query = query.where(license_type.c.agency == agency)
    if text:
        query = query.where(license_type.c.search_text.contains(text.lower(), autoescape=True))
    rows = await tx.execute(query.order_by(license_type.c.number).limit(limit))
    return [(row.number, LicenseType(row.definition)) for row in rows]


async def agencies(tx: AsyncConnection) -> list[str]:
    """Returns the codes of the agencies that own types, in order."""
    query = select(license_type.c.agency).distinct().order_by(license_type.c.agency)
    return list((await tx.execute(query)).scalars())


async def prerequisites(tx: AsyncConnection) -> dict[str, tuple[str, ...]]:
    """Returns for each type that is issued here the types issued here that must come first."""
    first = license_type.c.definition["prerequisites"].label("first")
    is_here = license_type.c.definition["origin"].astext == Origin.ISSUED.value
    here = {row.code: row.first for row in await tx.execute(select(license_type.c.code, first).where(is_here))}
    return {code: tuple(each for each in codes if each in here) for code, codes in here.items()}


async def catalogue_version(tx: AsyncConnection) -> int | None:
    """Returns the version of the loaded catalogue, None before the first seed."""
    version: int | None = (await tx.execute(select(func.max(license_type.c.catalogue_version)))).scalar_one()
    return version


async def put(tx: AsyncConnection, definition: Mapping[str, Any], *, catalogue_version: int) -> None:
    """Inserts a type, or replaces its definition."""
    added = _row(definition, catalogue_version)
    statement = insert(license_type).values(added)
    changed = {name: statement.excluded[name] for name in added if name != "code"}
    await tx.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changed))


def _row(definition: Mapping[str, Any], catalogue_version: int) -> dict[str, Any]:
    names = (definition["zh"], definition["en"], definition["code"])
    return {
        "code": definition["code"],
        "agency": definition["agency"],
        "number": int(definition["number"]),
        "search_text": "\n".join(names).lower(),
        "definition": dict(definition),
        "catalogue_version": catalogue_version,
    }
