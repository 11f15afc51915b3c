"""Rows of `page_session`: who is behind a cookie.

Own code: Starlette's sessions live in the cookie, so that nobody else could end one.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

import asyncpg
from cryptography.exceptions import InvalidTag
from pingshan_values.actor import Actor
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData, UnknownKeyError
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Joined, Lane
from pingshan_kit.storage.tables import page_session
from pingshan_kit.trust import actors
from pingshan_kit.trust.jose import TokenRefused

_CLAIM_LIFE = timedelta(seconds=30)
"""Longer than a visit to identity takes; a process that was killed in it holds nobody up for longer."""
_SEEN_EVERY = timedelta(seconds=60)
"""How exactly the idle limit is kept: a write per request would be too many."""


_FIND = """
SELECT k.n, page_session.actor, page_session.seen_at, page_session.expires_at
FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, n) JOIN page_session ON page_session.id = k.id
"""


@dataclass(frozen=True)
class PageSession:
    actor: Actor
    id_token: str
    """Proof for the sign-out at identity; never leaves the service towards a browser."""


class PageSessions:
    def __init__(self, settings: ServiceSettings, database: Database) -> None:
        self._database = database
        self._read = Joined(Lane(database, read_only=True), _FIND, row=_row, otherwise=self._read_alone)
        self._personal = PersonalData.from_settings(settings)
        self._idle = timedelta(seconds=settings.page_session_idle)
        self._absolute = timedelta(seconds=settings.page_session_absolute)

    async def claim(self, cookie: str) -> bool:
        """Returns whether the caller is the one who begins this cookie's session; False where it is begun, or being so.

        Who claims it calls `begin` or `end` within 30 seconds.
        """
        values = {"session_id": "", "person_id": "", "actor": b"", "expires_at": now() + _CLAIM_LIFE}
        claimed = insert(page_session).values(id=_key(cookie), **values)
        over = page_session.c.expires_at <= now()
        statement = claimed.on_conflict_do_update(index_elements=["id"], set_=values, where=over)
        async with self._database.begin() as tx:
            return (await tx.execute(statement.returning(page_session.c.id))).first() is not None

    async def begin(self, cookie: str, session: PageSession) -> None:
        """Stores the session of a claimed cookie, of which the database keeps the hash."""
        key = _key(cookie)
        values = {
            "session_id": session.actor.session_id,
            "person_id": session.actor.person_id,
            "actor": self._personal.encrypt(_to_text(session), table="page_session", column="actor", row=key.hex()),
            "seen_at": now(),
            "expires_at": now() + self._absolute,
        }
        stored = insert(page_session).values(id=key, **values)
        async with self._database.begin() as tx:
            await tx.execute(stored.on_conflict_do_update(index_elements=["id"], set_=values))

    async def find(self, cookie: str) -> PageSession | None:
        """Returns the cookie's session; None where it is unknown, unreadable, idle for too long, or at its end."""
        key = _key(cookie)
        row = next(iter(await self._read((key,))), None)
        if row is None or not row.actor or row.expires_at <= now() or row.seen_at + self._idle <= now():
            return None
        await self._seen(key, row.seen_at)
        try:
            text = self._personal.decrypt(row.actor, table="page_session", column="actor", row=key.hex())
            return _from_text(text)
        except (InvalidTag, UnknownKeyError, TokenRefused):
            return None

    async def end(self, cookie: str) -> None:
        async with self._database.begin() as tx:
            await tx.execute(page_session.delete().where(page_session.c.id == _key(cookie)))

    async def end_all(self, *, session_id: str | None, person_id: str) -> int:
        """Ends the page sessions of a session at identity, or of the person where it is None; returns their number."""
        mine = page_session.c.person_id == person_id
        if session_id is not None:
            mine = page_session.c.session_id == session_id
        async with self._database.begin() as tx:
            return int((await tx.execute(page_session.delete().where(mine))).rowcount)

    async def _read_alone(self, key: tuple[bytes]) -> list["_Row"]:
        columns = (page_session.c.actor, page_session.c.seen_at, page_session.c.expires_at)
        async with self._database.read() as tx:
            rows = await tx.execute(select(*columns).where(page_session.c.id == key[0]))
            return [_Row(*row) for row in rows]

    async def _seen(self, key: bytes, seen_at: datetime) -> None:
        if now() - seen_at > _SEEN_EVERY:
            async with self._database.begin() as tx:
                await tx.execute(page_session.update().where(page_session.c.id == key).values(seen_at=now()))


class _Row(NamedTuple):
    actor: bytes
    seen_at: datetime
    expires_at: datetime


def _row(record: asyncpg.Record) -> _Row:
    return _Row(record["actor"], record["seen_at"], record["expires_at"])


def _key(cookie: str) -> bytes:
    return sha256(cookie.encode()).digest()


def _to_text(session: PageSession) -> str:
    return json.dumps(actors.to_row(session.actor) | {"id_token": session.id_token}, ensure_ascii=False)


def _from_text(text: str) -> PageSession:
    document = json.loads(text)
    return PageSession(actors.from_row(document), document["id_token"])
