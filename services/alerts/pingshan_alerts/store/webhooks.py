"""Queries on the address and the signing key of each organisation's own system."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.among import among
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.store.tables import webhook


@dataclass(frozen=True, slots=True)
class Webhook:
    """Holds the address of an organisation's own system and the `whsec_…` key that signs what is sent there."""

    organisation: str
    url: str
    secret: str = field(repr=False)


async def put(tx: AsyncConnection, data: PersonalData, hook: Webhook, set_by: str, now: datetime) -> None:
    values = {
        "url": hook.url,
        "secret": data.encrypt(hook.secret, table="webhook", column="secret", row=hook.organisation),
        "set_by": set_by,
        "set_at": now,
    }
    row = insert(webhook).values(organisation=hook.organisation, **values)
    await tx.execute(row.on_conflict_do_update(index_elements=["organisation"], set_=values))


async def remove(tx: AsyncConnection, organisation: str) -> bool:
    row = delete(webhook).where(webhook.c.organisation == organisation).returning(webhook.c.organisation)
    return (await tx.execute(row)).one_or_none() is not None


async def find(tx: AsyncConnection, data: PersonalData, organisation: str) -> Webhook | None:
    row = (await tx.execute(select(webhook).where(webhook.c.organisation == organisation))).one_or_none()
    if row is None:
        return None
    secret = data.decrypt(row.secret, table="webhook", column="secret", row=organisation)
    return Webhook(organisation, row.url, secret)


async def urls(tx: AsyncConnection) -> dict[str, str]:
    """Returns the addresses by organisation, without their keys."""
    query = select(webhook.c.organisation, webhook.c.url).order_by(webhook.c.organisation)
    return {row.organisation: row.url for row in await tx.execute(query)}


async def having(tx: AsyncConnection, organisations: Sequence[str]) -> list[str]:
    """Returns those of the given organisations that have a webhook, in no particular order."""
    query = select(webhook.c.organisation).where(among(webhook.c.organisation, organisations))
    return list((await tx.execute(query)).scalars())
