"""Queries on single sign-on sessions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions import cookie_value
from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE, EndReason, Session
from pingshan_identity.store.tables import sso_session

_t = sso_session.c


def is_alive(now: datetime) -> ColumnElement[bool]:
    """Returns the condition of `Session.is_alive` in SQL."""
    return and_(_t.ended_at.is_(None), _t.started_at > now - ABSOLUTE_LIFE)


async def add(tx: AsyncConnection, personal: PersonalData, session: Session, cookie_hash: bytes) -> None:
    await tx.execute(
        insert(sso_session).values(
            session_id=session.session_id,
            cookie_hash=cookie_hash,
            realm=session.realm.value,
            person_id=UUID(session.person_id),
            acr=session.acr,
            amr=list(session.amr),
            auth_time=session.auth_time,
            started_at=session.started_at,
            seen_at=session.seen_at,
            device=session.device,
            network_encrypted=personal.encrypt(
                session.network, table="sso_session", column="network_encrypted", row=session.session_id
            ),
            version=session.version,
            credential_id=session.credential_id,
        )
    )


async def by_cookie(tx: AsyncConnection, personal: PersonalData, cookie_hash: bytes) -> Session | None:
    row = (await tx.execute(select(sso_session).where(_t.cookie_hash == cookie_hash))).mappings().one_or_none()
    return None if row is None else session_of(personal, row)


async def usable(
    tx: AsyncConnection, personal: PersonalData, realm: Realm, cookie: str, now: datetime
) -> Session | None:
    """Returns the session of a cookie; None where there is none, or it cannot open systems of that realm any more."""
    session = await by_cookie(tx, personal, cookie_value.hash_of(cookie))
    return session if session is not None and session.is_usable_in(realm, now) else None


async def get(tx: AsyncConnection, personal: PersonalData, session_id: str) -> Session | None:
    row = (await tx.execute(select(sso_session).where(_t.session_id == session_id))).mappings().one_or_none()
    return None if row is None else session_of(personal, row)


async def existing(tx: AsyncConnection, personal: PersonalData, session_id: str) -> Session:
    """Returns a session that must exist, alive or not."""
    row = (await tx.execute(select(sso_session).where(_t.session_id == session_id))).mappings().one()
    return session_of(personal, row)


async def person_of(tx: AsyncConnection, session_id: str) -> str:
    """Returns the id of the session's person; the session must exist."""
    return str((await tx.execute(select(_t.person_id).where(_t.session_id == session_id))).scalar_one())


async def live_of(tx: AsyncConnection, personal: PersonalData, person_id: str, now: datetime) -> list[Session]:
    """Returns a person's live sessions, the latest visit first."""
    rows = await tx.execute(
        select(sso_session).where(_t.person_id == UUID(person_id), is_alive(now)).order_by(_t.seen_at.desc())
    )
    return [session_of(personal, row) for row in rows.mappings()]


async def note_seen(tx: AsyncConnection, session_id: str, now: datetime) -> None:
    await tx.execute(update(sso_session).where(_t.session_id == session_id).values(seen_at=now))


async def renew(tx: AsyncConnection, raised: Session, cookie_hash: bytes) -> bool:
    """Keeps what one more sign-in of the same person in the same browser has proven, under a new cookie.

    Returns False where the session has ended in the meantime.
    """
    renewed = await tx.execute(
        update(sso_session)
        .where(_t.session_id == raised.session_id, _t.ended_at.is_(None))
        .values(
            cookie_hash=cookie_hash,
            acr=raised.acr,
            amr=list(raised.amr),
            auth_time=raised.auth_time,
            seen_at=raised.seen_at,
            credential_id=raised.credential_id,
        )
        .returning(_t.session_id)
    )
    return renewed.one_or_none() is not None


async def end(tx: AsyncConnection, session_id: str, reason: EndReason, now: datetime) -> int | None:
    """Ends a session and returns its new version; None where it had ended before."""
    ended = await tx.execute(
        update(sso_session)
        .where(_t.session_id == session_id, _t.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason.value, version=_t.version + 1)
        .returning(_t.version)
    )
    version: int | None = ended.scalar_one_or_none()
    return version


async def past_their_end(tx: AsyncConnection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Returns session id and person id of sessions older than 12 h that were not ended, locked; skips locked ones."""
    rows = await tx.execute(
        select(_t.session_id, _t.person_id)
        .where(_t.ended_at.is_(None), _t.started_at <= now - ABSOLUTE_LIFE)
        .order_by(_t.started_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.session_id, str(row.person_id)) for row in rows]


def session_of(personal: PersonalData, row: Mapping[Any, Any]) -> Session:
    """Returns a row of `sso_session` as a session, with its network address decrypted."""
    return Session(
        session_id=row["session_id"],
        realm=Realm(row["realm"]),
        person_id=str(row["person_id"]),
        acr=row["acr"],
        amr=tuple(row["amr"]),
        auth_time=row["auth_time"],
        started_at=row["started_at"],
        seen_at=row["seen_at"],
        device=row["device"],
        network=personal.decrypt(
            row["network_encrypted"], table="sso_session", column="network_encrypted", row=row["session_id"]
        ),
        version=row["version"],
        credential_id=row["credential_id"],
        ended_at=row["ended_at"],
    )
