"""Staff are known to the government's WeCom by their login name from the first day."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.tables import person, upstream_identity

_PROVIDER = "wecom"


async def seed_wecom_members(tx: AsyncConnection, personal: PersonalData) -> None:
    staff = await tx.execute(select(person.c.person_id, person.c.login_name).where(person.c.realm == Realm.STAFF.value))
    rows = [
        {
            "provider": _PROVIDER,
            "subject_index": personal.index(f"upstream {_PROVIDER} {row.login_name}"),
            "person_id": row.person_id,
            "linked_at": clock.now(),
        }
        for row in staff
    ]
    await tx.execute(insert(upstream_identity).values(rows).on_conflict_do_nothing())
