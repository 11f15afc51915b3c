"""Queries on trips to upstreams, and on the people whom their subjects are linked to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.sign_in.upstream import VISIT_LIFE, KeptVisit, Purpose
from pingshan_identity.store.tables import person, upstream_attempt, upstream_identity

_a = upstream_attempt.c
_i = upstream_identity.c
_TAKEN = ""
"""Nonce and verifier of a visit that was taken."""


async def keep_visit(
    tx: AsyncConnection, *, state_hash: bytes, browser_hash: bytes, provider: str, visit: KeptVisit, now: datetime
) -> None:
    await tx.execute(
        insert(upstream_attempt).values(
            state_hash=state_hash,
            provider=provider,
            purpose=visit.purpose.value,
            browser_hash=browser_hash,
            nonce=visit.nonce,
            verifier=visit.verifier,
            person_id=UUID(visit.person_id) if visit.person_id else None,
            continuation=visit.continuation,
            expires_at=now + VISIT_LIFE,
        )
    )


async def take_visit(
    tx: AsyncConnection, *, state_hash: bytes, browser_hash: bytes, provider: str, now: datetime
) -> KeptVisit | None:
    """Returns the visit, once; None where it was taken or has expired, or is of another browser or upstream."""
    mine = and_(_a.state_hash == state_hash, _a.browser_hash == browser_hash, _a.provider == provider)
    kept = select(upstream_attempt).where(mine, _a.expires_at > now, _a.verifier != _TAKEN).with_for_update()
    row = (await tx.execute(kept)).one_or_none()
    if row is not None:  # its secrets go; where it led is asked once more where the browser did not get there
        await tx.execute(update(upstream_attempt).where(mine).values(nonce=_TAKEN, verifier=_TAKEN))
    if row is None:
        return None
    person_id = str(row.person_id) if row.person_id else None
    return KeptVisit(Purpose(row.purpose), row.nonce, row.verifier, person_id, row.continuation)


async def continuation_of_visit(tx: AsyncConnection, *, state_hash: bytes, browser_hash: bytes) -> str | None:
    """Returns where a visit of this browser was to lead, also one that is over; None where none is known."""
    led = select(_a.continuation).where(_a.state_hash == state_hash, _a.browser_hash == browser_hash)
    found: str | None = (await tx.execute(led)).scalar_one_or_none()
    return found


async def person_of(tx: AsyncConnection, provider: str, subject_index: bytes) -> str | None:
    """Returns the id of who is linked; None where nobody is, or they have left."""
    found = await tx.execute(
        select(_i.person_id)
        .join(person)
        .where(_i.provider == provider, _i.subject_index == subject_index, person.c.left_at.is_(None))
    )
    person_id = found.scalar_one_or_none()
    return None if person_id is None else str(person_id)


async def link(tx: AsyncConnection, provider: str, subject_index: bytes, person_id: str, now: datetime) -> bool:
    """Links a subject to a person; a second call changes nothing. Returns False where it is linked to somebody else."""
    row = upsert(upstream_identity).values(
        provider=provider, subject_index=subject_index, person_id=UUID(person_id), linked_at=now
    )
    linked = await tx.execute(
        row.on_conflict_do_update(
            index_elements=[_i.provider, _i.subject_index],
            set_={"person_id": UUID(person_id)},
            where=_i.person_id == UUID(person_id),
        ).returning(_i.person_id)
    )
    return linked.one_or_none() is not None


async def links_of(tx: AsyncConnection, person_id: str) -> dict[str, datetime]:
    """Returns the time of the person's newest link at each upstream, by the upstream's code."""
    rows = await tx.execute(
        select(_i.provider, _i.linked_at).where(_i.person_id == UUID(person_id)).order_by(_i.linked_at.desc())
    )
    return {row.provider: row.linked_at for row in rows}


async def unlink_others(tx: AsyncConnection, provider: str, subject_index: bytes, person_id: str) -> bool:
    """Removes a person's links to all but one subject. Returns False where there was none."""
    others = or_(_i.provider != provider, _i.subject_index != subject_index)
    removed = await tx.execute(
        delete(upstream_identity).where(others, _i.person_id == UUID(person_id)).returning(_i.person_id)
    )
    return bool(removed.all())


async def unlink_all(tx: AsyncConnection, person_id: str) -> None:
    """Removes a person's links to every upstream."""
    await tx.execute(delete(upstream_identity).where(_i.person_id == UUID(person_id)))


async def unlink(tx: AsyncConnection, provider: str, person_id: str) -> bool:
    """Removes a person's links to an upstream. Returns False where there was none."""
    removed = await tx.execute(
        delete(upstream_identity)
        .where(_i.provider == provider, _i.person_id == UUID(person_id))
        .returning(_i.person_id)
    )
    return bool(removed.all())
