"""Queries on who holds the separated roles, and the lock under which they change."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from pingshan_kit.storage.among import among
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.people.powers import Duty, Holding
from pingshan_identity.store.people.placements import organisation_on
from pingshan_identity.store.tables import person, person_post, post, post_role


async def lock(tx: AsyncConnection, roles: Collection[str]) -> None:
    """Makes changes of who holds the roles wait for each other until the commit; readers and other posts do not."""
    giving = select(post_role.c.post).where(post_role.c.audience == "identity", post_role.c.role.in_(roles))
    await tx.execute(
        select(post.c.code).where(post.c.code.in_(giving)).order_by(post.c.code).with_for_update(key_share=True)
    )


async def held(tx: AsyncConnection, roles: Collection[str], today: date) -> list[Duty]:
    """Returns who in office holds the roles at identity today or later, by role and first day."""
    rows = await tx.execute(
        select(post_role.c.role, person_post, person.c.leaves_on)
        .select_from(
            person_post.join(post_role, post_role.c.post == person_post.c.post).join(
                person, person.c.person_id == person_post.c.person_id
            )
        )
        .where(
            post_role.c.audience == "identity",
            post_role.c.role.in_(roles),
            person.c.left_at.is_(None),
            or_(person_post.c.until.is_(None), person_post.c.until >= today),
        )
        .order_by(post_role.c.role, person_post.c.since, person_post.c.person_id)
    )
    return [
        Duty(row.role, str(row.person_id), Holding(row.post, row.since, _last(row.until, row.leaves_on)))
        for row in rows
    ]


async def version_of(tx: AsyncConnection, person_id: UUID) -> int | None:
    """Returns the version of a person, locked; None where there is none or they have left."""
    query = select(person.c.version).where(person.c.person_id == person_id, person.c.left_at.is_(None))
    found: int | None = (await tx.execute(query.with_for_update())).scalar_one_or_none()
    return found


def _last(until: date | None, leaves_on: date | None) -> date | None:
    days = [day for day in (until, leaves_on - timedelta(days=1) if leaves_on else None) if day]
    return min(days, default=None)


async def organisations_of(tx: AsyncConnection, person_ids: Collection[str], today: date) -> list[str]:
    """Returns the codes of the people's organisations, each once, in alphabetical order."""
    mine = among(person.c.person_id, [UUID(each) for each in person_ids])
    code = organisation_on(today).label("code")
    rows = await tx.execute(select(code).where(mine).distinct().order_by(code))
    return list(rows.scalars())
