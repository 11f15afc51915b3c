"""Reads what stands behind a person's access token, by one statement for all who ask at the same time."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Joined, Lane
from sqlalchemy import Date, Text, Uuid, select, true

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.claims import Subject
from pingshan_identity.domain.oauth.grant import Grant
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.shared_reads import columns_of, keys, sql
from pingshan_identity.store.tables import access_grant, client, sso_session

_k = keys(grant_id=Uuid(), session_id=Text())
_BEHIND = sql(
    select(_k.c.n.label("n"), *grants.GRANT, sso_session).select_from(
        _k.outerjoin(access_grant, access_grant.c.grant_id == _k.c.grant_id).outerjoin(
            sso_session, sso_session.c.session_id == _k.c.session_id
        )
    )
)
_u = keys(grant_id=Uuid(), session_id=Text(), client_id=Text(), today=Date())
_subject = persons.subjects_with_holders(sso_session.c.person_id, _u.c.client_id, _u.c.today).lateral("subject")
_TOLD = sql(
    select(_u.c.n.label("n"), *grants.GRANT, sso_session, client, _subject).select_from(
        _u.outerjoin(access_grant, access_grant.c.grant_id == _u.c.grant_id)
        .outerjoin(sso_session, sso_session.c.session_id == _u.c.session_id)
        .outerjoin(client, client.c.client_id == _u.c.client_id)
        .outerjoin(_subject, true())
    )
)
_Key = tuple[UUID, str]
_ToldKey = tuple[UUID, str, str, date]


@dataclass(frozen=True, slots=True)
class Behind:
    """Is what a token names; None for what there is not."""

    grant: Grant | None
    session: Session | None


@dataclass(frozen=True, slots=True)
class Told(Behind):
    """Is what userinfo needs beside."""

    client: Client | None
    subject: Subject | None
    """The person as the client sees them; None where they have left."""


class TokenReads:
    """Answers the two questions about a token that are asked hundreds of times a second, each on a lane of its own."""

    def __init__(self, database: Database, personal: PersonalData) -> None:
        self._database = database
        self._personal = personal
        self._behind = Joined(Lane(database, read_only=True), _BEHIND, row=self._of, otherwise=self._behind_alone)
        self._told = Joined(Lane(database, read_only=True), _TOLD, row=self._told_of, otherwise=self._told_alone)

    async def behind(self, grant_id: UUID, session_id: str) -> Behind:
        """Returns the grant and the session, alive or not. Raises Unavailable."""
        [found] = await self._behind((grant_id, session_id))
        return found

    async def told(self, grant_id: UUID, session_id: str, client_id: str, today: date) -> Told:
        """Returns grant, session and client, alive or not, and the session's person with the roles of that day.

        Raises Unavailable.
        """
        [found] = await self._told((grant_id, session_id, client_id, today))
        return found

    def _of(self, row: asyncpg.Record) -> Behind:
        return Behind(self._grant(row), self._session(row))

    def _told_of(self, row: asyncpg.Record) -> Told:
        known = row["client_client_id"] is not None
        there = row["subject_person_id"] is not None
        return Told(
            self._grant(row),
            self._session(row),
            clients.client_of(columns_of(row, "client")) if known else None,
            persons.subject_with_holders(self._personal, columns_of(row, "subject")) if there else None,
        )

    def _grant(self, row: asyncpg.Record) -> Grant | None:
        return None if row["access_grant_grant_id"] is None else Grant(**columns_of(row, "access_grant"))

    def _session(self, row: asyncpg.Record) -> Session | None:
        known = row["sso_session_session_id"] is not None
        return sessions.session_of(self._personal, columns_of(row, "sso_session")) if known else None

    async def _behind_alone(self, key: _Key) -> list[Behind]:
        grant_id, session_id = key
        async with self._database.read() as tx:
            return [Behind(await grants.get(tx, grant_id), await sessions.get(tx, self._personal, session_id))]

    async def _told_alone(self, key: _ToldKey) -> list[Told]:
        grant_id, session_id, client_id, today = key
        async with self._database.read() as tx:
            grant = await grants.get(tx, grant_id)
            session = await sessions.get(tx, self._personal, session_id)
            known = await clients.get(tx, client_id)
            if session is None:
                return [Told(grant, None, known, None)]
            subject = await persons.subject(tx, self._personal, session.person_id, client_id, today)
        return [Told(grant, session, known, subject)]
