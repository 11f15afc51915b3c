"""Queries on consents; holder and purpose are encrypted when written and decrypted when read."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.sharing.consent import Consent, ConsentState
from pingshan_e_license.store.tables import consent

_TABLE = "consent"


async def add(tx: AsyncConnection, personal: PersonalData, new: Consent) -> None:
    def sealed(column: str, text: str) -> bytes:
        return personal.encrypt(text, table=_TABLE, column=column, row=str(new.consent_id))

    await tx.execute(
        consent.insert().values(
            consent_id=new.consent_id,
            item=new.item,
            requester=new.requester,
            holder_code=sealed("holder_code", new.holder_code),
            holder_code_index=personal.index(new.holder_code),
            purpose=sealed("purpose", new.purpose),
            fields=list(new.fields),
            predicates=list(new.predicates),
            uses=new.uses,
            uses_left=new.uses_left,
            expires_on=new.expires_on,
            state=new.state.value,
            requested_at=new.requested_at,
        )
    )


async def by_id(tx: AsyncConnection, personal: PersonalData, consent_id: UUID, *, lock: bool = False) -> Consent | None:
    query = select(consent).where(consent.c.consent_id == consent_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _consent(row, personal)


async def granted_by(
    tx: AsyncConnection, personal: PersonalData, holder_code: str, *, item: str, requester: str
) -> list[Consent]:
    """Returns the granted consents of a holder to one requester's item, locked, the oldest first."""
    query = select(consent).where(
        consent.c.holder_code_index == personal.index(holder_code),
        consent.c.item == item,
        consent.c.requester == requester,
        consent.c.state == ConsentState.GRANTED.value,
    )
    rows = await tx.execute(query.order_by(consent.c.consent_id).with_for_update())
    return [_consent(row, personal) for row in rows]


async def page(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    holder_codes: Sequence[str] | None = None,
    requester: str | None = None,
    before: UUID | None,
    limit: int,
) -> list[Consent]:
    """Returns up to `limit` consents, the newest first; None filters nothing, no holder code matches nothing."""
    query = select(consent)
    if holder_codes is not None:
        query = query.where(among(consent.c.holder_code_index, [personal.index(code) for code in holder_codes]))
    if requester is not None:
        query = query.where(consent.c.requester == requester)
    if before is not None:
        query = query.where(consent.c.consent_id < before)
    rows = await tx.execute(query.order_by(consent.c.consent_id.desc()).limit(limit))
    return [_consent(row, personal) for row in rows]


async def keep(tx: AsyncConnection, changed: Consent) -> None:
    """Writes what a decision or a use has changed; the caller holds the row's lock."""
    await tx.execute(
        consent.update()
        .where(consent.c.consent_id == changed.consent_id)
        .values(
            state=changed.state.value,
            uses_left=changed.uses_left,
            decided_at=changed.decided_at,
            withdrawn_at=changed.withdrawn_at,
        )
    )


def _consent(row: Any, personal: PersonalData) -> Consent:
    def opened(column: str) -> str:
        return personal.decrypt(getattr(row, column), table=_TABLE, column=column, row=str(row.consent_id))

    return Consent(
        consent_id=row.consent_id,
        item=row.item,
        requester=row.requester,
        holder_code=opened("holder_code"),
        purpose=opened("purpose"),
        fields=tuple(row.fields),
        predicates=tuple(row.predicates),
        uses=row.uses,
        uses_left=row.uses_left,
        expires_on=row.expires_on,
        requested_at=row.requested_at,
        state=ConsentState(row.state),
        decided_at=row.decided_at,
        withdrawn_at=row.withdrawn_at,
    )
