"""Queries on renditions: the hashes of files that were given out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.renditions.face import TEMPLATE_VERSION, Format
from pingshan_e_license.store.tables import license_, rendition


async def keep(
    tx: AsyncConnection, *, file_hash: bytes, license_id: UUID, kind: Format, revision: int, rendered_at: datetime
) -> None:
    """Keeps that the file was rendered; nothing changes where it is known."""
    row = {
        "file_hash": file_hash,
        "license_id": license_id,
        "format": kind.value,
        "revision": revision,
        "template_version": TEMPLATE_VERSION,
        "rendered_at": rendered_at,
    }
    await tx.execute(insert(rendition).values(row).on_conflict_do_nothing())


async def identifier_of(tx: AsyncConnection, file_hash: bytes) -> str | None:
    """Returns the identifier of the licence of which the file was rendered, None where it is unknown."""
    query = select(license_.c.identifier).join(rendition).where(rendition.c.file_hash == file_hash)
    found: str | None = (await tx.execute(query)).scalar_one_or_none()
    return found
