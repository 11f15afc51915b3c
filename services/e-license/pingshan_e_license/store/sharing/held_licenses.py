"""Finds a holder's licences of some types, whole."""

from collections.abc import Iterable
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.store.tables import license_, license_type


async def of_holder(
    tx: AsyncConnection, personal: PersonalData, holder_code: str, types: Iterable[str]
) -> list[LicenseOfType]:
    """Returns the holder's licences beside their types, in any state, the newest first; none for an unknown holder."""
    query = select(license_, license_type.c.definition).join(license_type)
    query = query.where(license_.c.holder_code_index == personal.index(holder_code), among(license_.c.type, set(types)))
    rows = await tx.execute(query.order_by(license_.c.license_id.desc()))
    return [licenses.of_type(row, personal) for row in rows]


async def by_ids(tx: AsyncConnection, personal: PersonalData, license_ids: Iterable[UUID]) -> dict[UUID, LicenseOfType]:
    """Returns the licences beside their types by their ids; what is not known is left out."""
    query = select(license_, license_type.c.definition).join(license_type)
    rows = await tx.execute(query.where(among(license_.c.license_id, set(license_ids))))
    found = [licenses.of_type(row, personal) for row in rows]
    return {each.license.license_id: each for each in found}
