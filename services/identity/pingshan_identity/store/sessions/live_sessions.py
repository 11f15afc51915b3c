"""Queries on everybody's sessions, for administrators."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_kit.crypto import PersonalData
from pingshan_values.shanghai import day_of
from sqlalchemy import ColumnElement, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.domain.sessions.session_filter import SessionFilter
from pingshan_identity.store.people.placements import organisation_on
from pingshan_identity.store.sessions.sessions import is_alive, session_of
from pingshan_identity.store.tables import access_grant, organisation, person, sso_session

_s = sso_session.c
_p = person.c


@dataclass(frozen=True, slots=True)
class LiveSession:
    session: Session
    login_name: str | None
    organisation: tuple[str, str] | None
    """Chinese and English name of the organisation; None for the public."""


async def page(
    tx: AsyncConnection, personal: PersonalData, *, wanted: SessionFilter, now: datetime, after: str, limit: int
) -> list[LiveSession]:
    """Returns live sessions, the latest sign-in first, those that began before session `after`; "" for the newest."""
    place = tuple_(_s.started_at, _s.session_id)
    own = organisation.c.code == organisation_on(day_of(now))
    query = (
        select(
            sso_session,
            _p.login_name,
            organisation.c.name_zh.label("organisation_zh"),
            organisation.c.name_en.label("organisation_en"),
        )
        .select_from(sso_session.join(person).outerjoin(organisation, own))
        .where(_matching(wanted, now))
        .order_by(_s.started_at.desc(), _s.session_id.desc())
        .limit(limit)
    )
    if after:
        other = sso_session.alias()
        last = select(other.c.started_at, other.c.session_id).where(other.c.session_id == after)
        query = query.where(place < last.scalar_subquery())
    rows = (await tx.execute(query)).mappings()
    return [
        LiveSession(
            session_of(personal, row),
            row["login_name"],
            (row["organisation_zh"], row["organisation_en"]) if row["organisation_zh"] else None,
        )
        for row in rows
    ]


async def begun_before(
    tx: AsyncConnection, *, wanted: SessionFilter, moment: datetime, now: datetime, limit: int
) -> list[tuple[str, str]]:
    """Returns session id and person id of live sessions that began by `moment`, the oldest first, locked."""
    rows = await tx.execute(
        select(_s.session_id, _s.person_id)
        .select_from(sso_session.join(person))
        .where(_matching(wanted, now), _s.started_at <= moment)
        .order_by(_s.started_at)
        .limit(limit)
        .with_for_update(of=sso_session)
    )
    return [(row.session_id, str(row.person_id)) for row in rows]


def _matching(wanted: SessionFilter, now: datetime) -> ColumnElement[bool]:
    found = is_alive(now)
    if wanted.login_name:
        found &= _p.login_name == wanted.login_name
    if wanted.organisation:
        found &= organisation_on(day_of(now)) == wanted.organisation
    if wanted.client_id:
        opened = (access_grant.c.session_id == _s.session_id) & (access_grant.c.client_id == wanted.client_id)
        found &= exists().where(opened)
    return found
