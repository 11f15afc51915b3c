"""The code flow's statements, each one for all who ask at the same time: what stands behind a cookie, a code or a
refresh token, and the two writes, a code issued and a code used up.

What is read may have changed when it is written: each write has in its own conditions what may happen once only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from pingshan_kit import audit_log
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database, to_json
from pingshan_kit.storage.lane import Joined, Lane
from sqlalchemy import Date, LargeBinary, Select, Text, and_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import LateralFromClause

from pingshan_identity.domain.oauth.authorization_code import AuthorizationCode
from pingshan_identity.domain.oauth.grant import Grant
from pingshan_identity.domain.oauth.holder import Holder
from pingshan_identity.domain.oauth.refresh_token import RefreshToken
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.oauth import grants, refresh_tokens
from pingshan_identity.store.people import persons, public_persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.shared_reads import columns_of, keys, sql
from pingshan_identity.store.tables import access_grant, authorization_code, person, refresh_token, sso_session


def _person(client_id: Any, today: Any) -> LateralFromClause:
    """Returns the session's person as a client sees them, with their real-name level."""
    query: Select[Any] = persons.subjects_with_holders(sso_session.c.person_id, client_id, today)
    return query.add_columns(person.c.real_name_level).lateral("subject")


_v = keys(cookie_hash=LargeBinary(), client_id=Text(), today=Date())
_visitor = _person(_v.c.client_id, _v.c.today)
_VISIT = sql(
    select(_v.c.n.label("n"), sso_session, _visitor).select_from(
        _v.join(sso_session, sso_session.c.cookie_hash == _v.c.cookie_hash).outerjoin(_visitor, true())
    )
)
_c = keys(code_hash=LargeBinary(), client_id=Text(), today=Date())
_redeemer = _person(_c.c.client_id, _c.c.today)
_of_code = and_(authorization_code.c.code_hash == _c.c.code_hash, authorization_code.c.client_id == _c.c.client_id)
_CODE = sql(
    select(_c.c.n.label("n"), *grants.CODE, *grants.GRANT, sso_session, _redeemer).select_from(
        _c.join(authorization_code, _of_code)
        .join(access_grant, access_grant.c.grant_id == authorization_code.c.grant_id)
        .join(sso_session, sso_session.c.session_id == access_grant.c.session_id)
        .outerjoin(_redeemer, true())
    )
)
_r = keys(token_hash=LargeBinary(), client_id=Text(), today=Date())
_refresher = _person(_r.c.client_id, _r.c.today)
_of_token = and_(refresh_token.c.token_hash == _r.c.token_hash, refresh_token.c.client_id == _r.c.client_id)
_REFRESH = sql(
    select(_r.c.n.label("n"), *refresh_tokens.TOKEN, *grants.GRANT, sso_session, _refresher).select_from(
        _r.join(refresh_token, _of_token)
        .join(access_grant, access_grant.c.grant_id == refresh_token.c.grant_id)
        .join(sso_session, sso_session.c.session_id == access_grant.c.session_id)
        .outerjoin(_refresher, true())
    )
)
_ISSUE = f"""
WITH k AS (
    SELECT * FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int[], $8::text[],
        $9::timestamptz[], $10::bytea[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[],
        $16::bool[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[]
    ) WITH ORDINALITY AS k (
        grant_id, session_id, client_id, scope, claims, auth_time, acr, amr, created_at,
        code_hash, redirect_uri, code_challenge, dpop_jkt, nonce, expires_at, is_visit_to_note,
        actor, act, subject, details, trace_id, n
    )
), seen AS (
    UPDATE sso_session SET seen_at = visit.at
    FROM (SELECT session_id, max(created_at) AS at FROM k WHERE is_visit_to_note GROUP BY session_id) AS visit
    WHERE sso_session.session_id = visit.session_id
), granted AS (
    INSERT INTO access_grant (grant_id, session_id, client_id, scope, claims, auth_time, acr, amr, created_at)
    SELECT grant_id, session_id, client_id, scope, claims::jsonb, auth_time, acr,
        ARRAY(SELECT jsonb_array_elements_text(amr::jsonb)), created_at
    FROM k ORDER BY n
), coded AS (
    INSERT INTO authorization_code (
        code_hash, grant_id, client_id, redirect_uri, code_challenge, dpop_jkt, nonce, expires_at
    )
    SELECT code_hash, grant_id, client_id, redirect_uri, code_challenge, dpop_jkt, nonce, expires_at FROM k ORDER BY n
), {audit_log.ADDED}
{audit_log.PENDING}
"""  # noqa: S608 - no value stands in it
_USE = """
WITH k AS (
    SELECT * FROM unnest(
        $1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::bytea[],
        $9::timestamptz[]
    ) WITH ORDINALITY AS k (
        code_hash, client_id, redirect_uri, code_challenge, jkt, now, bound_to, refresh_hash, refresh_expires_at, n
    )
), used AS (
    UPDATE authorization_code AS c SET used_at = k.now FROM k
    WHERE c.code_hash = k.code_hash AND c.client_id = k.client_id AND c.redirect_uri = k.redirect_uri
        AND c.code_challenge IS NOT DISTINCT FROM k.code_challenge AND (c.dpop_jkt IS NULL OR c.dpop_jkt = k.jkt)
        AND c.expires_at > k.now AND c.used_at IS NULL
    RETURNING k.n, c.grant_id
), bound AS (
    UPDATE access_grant SET dpop_jkt = k.bound_to FROM used JOIN k ON k.n = used.n
    WHERE access_grant.grant_id = used.grant_id AND k.bound_to IS NOT NULL
), refreshed AS (
    INSERT INTO refresh_token (token_hash, grant_id, client_id, issued_at, expires_at)
    SELECT k.refresh_hash, used.grant_id, k.client_id, k.now, k.refresh_expires_at FROM used JOIN k ON k.n = used.n
    WHERE k.refresh_hash IS NOT NULL
)
SELECT n FROM used
"""
_Key = tuple[bytes, str, date]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewCode:
    """Is a code with its grant, and the record of it."""

    grant_id: UUID
    session: Session
    client_id: str
    scope: str
    claims: Mapping[str, list[str]] | None
    code_hash: bytes = field(repr=False)
    redirect_uri: str
    code_challenge: str | None
    dpop_jkt: str | None
    nonce: str | None
    now: datetime
    expires_at: datetime
    record: audit_log.Record


@dataclass(frozen=True, slots=True)
class UsedCode:
    """Is a code that a client redeems with these values, and what its grant gets thereby."""

    code_hash: bytes = field(repr=False)
    client_id: str
    redirect_uri: str
    code_challenge: str | None
    jkt: str | None
    """Thumbprint of the key whose proof came with the request; None for none."""
    now: datetime
    bound_to: str | None = None
    """Thumbprint of the key that the grant is bound to; None for no binding."""
    refresh_hash: bytes | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None


_COLUMNS = attrgetter(*(each.name for each in fields(UsedCode)))
"""In the order of the statement's keys."""


@dataclass(frozen=True, slots=True)
class BehindCode:
    code: AuthorizationCode
    grant: Grant
    holder: Holder


@dataclass(frozen=True, slots=True)
class BehindRefreshToken:
    token: RefreshToken
    grant: Grant
    holder: Holder


class CodeFlow:
    """Reads on one lane, and writes on one: what waits for the one keeps nobody from the other."""

    def __init__(self, database: Database, personal: PersonalData) -> None:
        self._database = database
        self._personal = personal
        reads, writes = Lane(database, read_only=True), Lane(database)
        self._visit = Joined(reads, _VISIT, row=self._holder_of, otherwise=self._visit_alone)
        self._code = Joined(reads, _CODE, row=self._code_of, otherwise=self._code_alone)
        self._refresh = Joined(reads, _REFRESH, row=self._refresh_of, otherwise=self._refresh_alone)
        self._issue = Joined(writes, _ISSUE, row=tuple, otherwise=self._issue_alone)
        self._use = Joined(writes, _USE, row=_found, otherwise=self._use_alone, distinct=lambda key: key[0])

    async def visit(self, cookie_hash: bytes, client_id: str, today: date) -> Holder | None:
        """Returns whose cookie it is, and what they are at the client; None where there is no such session.

        Raises Unavailable.
        """
        return _first(await self._visit((cookie_hash, client_id, today)))

    async def behind_code(self, code_hash: bytes, client_id: str, today: date) -> BehindCode | None:
        """Returns a code of that client, redeemable or not, with what stands behind it; None where there is none.

        Raises Unavailable.
        """
        return _first(await self._code((code_hash, client_id, today)))

    async def behind_refresh_token(self, token_hash: bytes, client_id: str, today: date) -> BehindRefreshToken | None:
        """Returns a refresh token of that client, used or not, with what stands behind it; None where there is none.

        Raises Unavailable.
        """
        return _first(await self._refresh((token_hash, client_id, today)))

    async def issue(self, new: NewCode) -> None:
        """Adds the code with its grant and record, and notes the visit. Raises Unavailable."""
        await self._issue(_issued(new))

    async def use(self, used: UsedCode) -> bool:
        """Uses a code up, and gives its grant what goes with it. Returns False where it is not redeemable any more.

        Raises Unavailable.
        """
        return bool(await self._use(_COLUMNS(used)))

    def _holder_of(self, row: asyncpg.Record) -> Holder:
        session = sessions.session_of(self._personal, columns_of(row, "sso_session"))
        if row["subject_person_id"] is None:
            return Holder(session, None, 0)
        subject = persons.subject_with_holders(self._personal, columns_of(row, "subject"))
        return Holder(session, subject, row["subject_real_name_level"])

    def _code_of(self, row: asyncpg.Record) -> BehindCode:
        code = AuthorizationCode(**columns_of(row, "authorization_code"))
        return BehindCode(code, Grant(**columns_of(row, "access_grant")), self._holder_of(row))

    def _refresh_of(self, row: asyncpg.Record) -> BehindRefreshToken:
        token = RefreshToken(**columns_of(row, "refresh_token"))
        return BehindRefreshToken(token, Grant(**columns_of(row, "access_grant")), self._holder_of(row))

    async def _visit_alone(self, key: _Key) -> list[Holder]:
        cookie_hash, client_id, today = key
        async with self._database.read() as tx:
            session = await sessions.by_cookie(tx, self._personal, cookie_hash)
            return [] if session is None else [await holder(tx, self._personal, session, client_id, today)]

    async def _code_alone(self, key: _Key) -> list[BehindCode]:
        code_hash, client_id, today = key
        async with self._database.read() as tx:
            found = await grants.code(tx, code_hash, client_id)
            if found is None:
                return []
            grant, own = await self._behind(tx, found.grant_id, client_id, today)
        return [BehindCode(found, grant, own)]

    async def _refresh_alone(self, key: _Key) -> list[BehindRefreshToken]:
        token_hash, client_id, today = key
        async with self._database.read() as tx:
            grant_id = await refresh_tokens.grant_of(tx, token_hash, client_id)
            found = await refresh_tokens.get(tx, token_hash)
            if grant_id is None or found is None:
                return []
            grant, own = await self._behind(tx, grant_id, client_id, today)
        return [BehindRefreshToken(found, grant, own)]

    async def _behind(self, tx: AsyncConnection, grant_id: UUID, client_id: str, today: date) -> tuple[Grant, Holder]:
        grant = await grants.existing(tx, grant_id)
        session = await sessions.existing(tx, self._personal, grant.session_id)
        return grant, await holder(tx, self._personal, session, client_id, today)

    async def _issue_alone(self, key: tuple[Any, ...]) -> list[Any]:
        async with self._database.begin() as tx:
            await tx.exec_driver_sql(_ISSUE, tuple([column] for column in key))
        return []

    async def _use_alone(self, key: tuple[Any, ...]) -> list[bool]:
        async with self._database.begin() as tx:
            return [True for _ in await tx.exec_driver_sql(_USE, tuple([column] for column in key))]


async def holder(tx: AsyncConnection, personal: PersonalData, session: Session, client_id: str, today: date) -> Holder:
    """Returns the session's person as the client sees them."""
    subject = await persons.subject(tx, personal, session.person_id, client_id, today)
    level = await public_persons.level_of(tx, session.person_id) if subject is not None else 0
    return Holder(session, subject, level)


def _issued(new: NewCode) -> tuple[Any, ...]:
    session = new.session
    return (
        new.grant_id,
        session.session_id,
        new.client_id,
        new.scope,
        None if new.claims is None else to_json(new.claims),
        session.auth_time,
        session.acr,
        to_json(session.amr),
        new.now,
        new.code_hash,
        new.redirect_uri,
        new.code_challenge,
        new.dpop_jkt,
        new.nonce,
        new.expires_at,
        session.is_visit_to_note(new.now),
        *audit_log.row_of(new.record),
    )


def _found(_row: asyncpg.Record) -> bool:
    return True


def _first(rows: list[T]) -> T | None:
    return rows[0] if rows else None
