"""Queries on authorization requests that wait under a `request_uri`; encrypted, since a hint may name a person."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from pingshan_kit.crypto import PersonalData
from pingshan_values.text import is_storable
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_identity.store.tables import pushed_request

_t = pushed_request.c


@dataclass(frozen=True, slots=True)
class Waiting:
    pairs: tuple[tuple[str, str], ...] = field(repr=False)
    """Parameters of the request, in their order."""
    person_id: str | None
    """Id of who is asked for consent; None where the request waits for no decision."""
    allowed: bool = False
    """Whether that person has allowed it, and it goes on."""


async def add(
    tx: AsyncConnection,
    personal: PersonalData,
    *,
    request_uri: str,
    client_id: str,
    waiting: Waiting,
    expires_at: datetime,
) -> None:
    """Keeps a request under the hash of its `request_uri`."""
    key, sealed = _hash(request_uri), _sealed(personal, request_uri, waiting)
    await tx.execute(
        insert(pushed_request).values(
            request_uri_hash=key, client_id=client_id, parameters_encrypted=sealed, expires_at=expires_at
        )
    )


async def change(
    tx: AsyncConnection, personal: PersonalData, *, request_uri: str, waiting: Waiting, expires_at: datetime
) -> None:
    """Replaces what is kept of a request; one that was used up stays as it is."""
    mine = (_t.request_uri_hash == _hash(request_uri)) & _t.used_at.is_(None)
    sealed = _sealed(personal, request_uri, waiting)
    await tx.execute(update(pushed_request).where(mine).values(parameters_encrypted=sealed, expires_at=expires_at))


async def note_allowed(tx: AsyncConnection, personal: PersonalData, *, request_uri: str, waiting: Waiting) -> None:
    """Notes that the person who was asked has allowed the request; one that was used up stays as it is."""
    mine = (_t.request_uri_hash == _hash(request_uri)) & _t.used_at.is_(None)
    sealed = _sealed(personal, request_uri, replace(waiting, allowed=True))
    await tx.execute(update(pushed_request).where(mine).values(parameters_encrypted=sealed))


async def take(
    tx: AsyncConnection, personal: PersonalData, *, request_uri: str, client_id: str, now: datetime
) -> Waiting | None:
    """Uses the request up, in one statement, and returns it; None where it is used, expired or another client's."""
    if not is_storable(client_id):
        return None
    statement = update(pushed_request).where(*_open(request_uri, client_id, now)).values(used_at=now)
    sealed = (await tx.execute(statement.returning(_t.parameters_encrypted))).scalar_one_or_none()
    return None if sealed is None else _waiting(personal, request_uri, sealed)


async def peek(
    tx: AsyncConnection, personal: PersonalData, *, request_uri: str, client_id: str, now: datetime
) -> Waiting | None:
    """Returns the request without using it up; None where it is used, expired or another client's."""
    if not is_storable(client_id):
        return None
    query = select(_t.parameters_encrypted).where(*_open(request_uri, client_id, now))
    sealed = (await tx.execute(query)).scalar_one_or_none()
    return None if sealed is None else _waiting(personal, request_uri, sealed)


def _open(request_uri: str, client_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        _t.request_uri_hash == _hash(request_uri),
        _t.client_id == client_id,
        _t.expires_at > now,
        _t.used_at.is_(None),
    )


def _sealed(personal: PersonalData, request_uri: str, waiting: Waiting) -> bytes:
    text = json.dumps({"pairs": waiting.pairs, "person_id": waiting.person_id, "allowed": waiting.allowed})
    return personal.encrypt(text, table="pushed_request", column="parameters_encrypted", row=_hash(request_uri).hex())


def _waiting(personal: PersonalData, request_uri: str, sealed: bytes) -> Waiting:
    found = _opened(personal, request_uri, sealed)
    pairs = tuple((name, value) for name, value in found["pairs"])
    return Waiting(pairs, found["person_id"], found.get("allowed", False))


def _opened(personal: PersonalData, request_uri: str, sealed: bytes) -> dict[str, Any]:
    row = _hash(request_uri).hex()
    text = personal.decrypt(sealed, table="pushed_request", column="parameters_encrypted", row=row)
    return dict(json.loads(text))


def _hash(request_uri: str) -> bytes:
    return sha256(request_uri.encode()).digest()
