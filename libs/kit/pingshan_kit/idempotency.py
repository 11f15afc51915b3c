"""Commands that a caller may send twice and that happen once.

Own code: libraries for `Idempotency-Key` are middleware of HTTP with a cache beside the database, so a kill between
commit and cache does the act twice. Here key, request and response commit with the effects, for REST and RPC alike.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.errors import RequestIdReused
from pingshan_kit.storage.tables import command


async def replay(
    tx: AsyncConnection, *, caller: str, request_id: UUID, request: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Returns the response of an earlier call with this id; None for a new one, to `remember` before the commit.

    A second call at the same time waits for the commit of the first one.
    Raises RequestIdReused where the id came with another request before, RuntimeError where its response was not kept.
    """
    request_hash = _hash(request)
    row = insert(command).values(caller=caller, request_id=request_id, request_hash=request_hash)
    first = await tx.execute(row.on_conflict_do_nothing().returning(command.c.request_id))
    if first.one_or_none() is not None:
        return None
    mine = (command.c.caller == caller) & (command.c.request_id == request_id)
    known = (await tx.execute(select(command.c.request_hash, command.c.response).where(mine))).one()
    if known.request_hash != request_hash:
        raise RequestIdReused
    if known.response is None:
        raise RuntimeError(f"command {request_id} of {caller} was committed without its response")
    response: dict[str, Any] = known.response
    return response


async def remember(tx: AsyncConnection, *, caller: str, request_id: UUID, response: Mapping[str, Any]) -> None:
    """Keeps the response in the transaction of the effects; it must hold ids and facts, no personal data."""
    mine = (command.c.caller == caller) & (command.c.request_id == request_id)
    await tx.execute(command.update().where(mine).values(response=dict(response)))


def _hash(request: Mapping[str, Any]) -> bytes:
    canonical = json.dumps(request, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).digest()
