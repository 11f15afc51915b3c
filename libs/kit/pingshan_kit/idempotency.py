"""Commands that a caller may send twice and that happen once.

Own code: libraries for `Idempotency-Key` are middleware of HTTP with a cache beside the database, so a kill between
commit and cache does the act twice. Here key, request and response commit with the effects, for REST and RPC alike.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.errors import RequestIdReused
from pingshan_kit.storage.database import to_json

_ADD = """
INSERT INTO command (caller, request_id, request_hash)
SELECT caller, request_id, request_hash
FROM unnest($1::text[], $2::uuid[], $3::bytea[]) WITH ORDINALITY AS k (caller, request_id, request_hash, n)
ORDER BY n
ON CONFLICT (caller, request_id) DO NOTHING
RETURNING caller, request_id
"""
_KNOWN = """
SELECT command.caller, command.request_id, command.request_hash, command.response::text AS response
FROM unnest($1::text[], $2::uuid[]) AS k (caller, request_id)
JOIN command ON command.caller = k.caller AND command.request_id = k.request_id
"""
_REMEMBER = """
UPDATE command SET response = k.response::jsonb
FROM unnest($1::text[], $2::uuid[], $3::text[]) AS k (caller, request_id, response)
WHERE command.caller = k.caller AND command.request_id = k.request_id
"""
REMEMBERED = """remembered AS (
    INSERT INTO command (caller, request_id, request_hash, response)
    SELECT caller, request_id, request_hash, response FROM answered ORDER BY caller, request_id
    ON CONFLICT (caller, request_id) DO NOTHING
    RETURNING caller, request_id
)"""
"""Part of a statement that remembers the responses to the calls of its `answered`, whose first three columns are those
of `Call.row`. Only what is among `remembered` may have an effect: an earlier call has the id of the others."""


@dataclass(frozen=True)
class Call:
    """Is what a caller sent under an id of its own: for `replay_all` and `remember_all`."""

    caller: str
    request_id: UUID
    request: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, UUID]:
        """Two with the same key belong into two groups: `Grouped(…, distinct=lambda item: item.call.key)`."""
        return self.caller, self.request_id

    @property
    def row(self) -> tuple[str, UUID, bytes]:
        """Returns caller, request id and the request's hash."""
        return self.caller, self.request_id, _hash(self.request)


async def replay(
    tx: AsyncConnection, *, caller: str, request_id: UUID, request: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Returns the response of an earlier call with this id; None for a new one, to `remember` before the commit.

    A second call at the same time waits for the commit of the first one.
    Raises RequestIdReused where the id came with another request before, RuntimeError where its response was not kept.
    """
    [known] = await replay_all(tx, [Call(caller, request_id, request)])
    if isinstance(known, Exception):
        raise known
    return known


async def replay_all(tx: AsyncConnection, calls: Sequence[Call]) -> list[dict[str, Any] | Exception | None]:
    """Returns for each call what `replay` returns or raises. Raises ValueError where two have the same key."""
    hashes = {call.key: _hash(call.request) for call in calls}
    if len(hashes) < len(calls):
        raise ValueError("two calls with one key cannot share a transaction")
    keys = sorted(hashes)
    columns = ([caller for caller, _ in keys], [request_id for _, request_id in keys])
    added = await tx.exec_driver_sql(_ADD, (*columns, [hashes[key] for key in keys]))
    new = {(row.caller, row.request_id) for row in added}
    known: dict[tuple[str, UUID], Row[Any]] = {}
    if len(new) < len(keys):
        known = {(row.caller, row.request_id): row for row in await tx.exec_driver_sql(_KNOWN, columns)}
    return [None if call.key in new else _response(call, hashes[call.key], known[call.key]) for call in calls]


async def remember(tx: AsyncConnection, *, caller: str, request_id: UUID, response: Mapping[str, Any]) -> None:
    """Keeps the response in the transaction of the effects; it must hold ids and facts, no personal data."""
    await remember_all(tx, {(caller, request_id): response})


async def remember_all(tx: AsyncConnection, responses: Mapping[tuple[str, UUID], Mapping[str, Any]]) -> None:
    """Keeps the responses of new calls, by `Call.key`, as `remember` does."""
    if responses:
        keys = sorted(responses)
        bodies = [to_json(dict(responses[key])) for key in keys]
        await tx.exec_driver_sql(_REMEMBER, ([key[0] for key in keys], [key[1] for key in keys], bodies))


def _response(call: Call, request_hash: bytes, known: Row[Any]) -> dict[str, Any] | Exception:
    if known.request_hash != request_hash:
        return RequestIdReused()
    if known.response is None:
        return RuntimeError(f"command {call.request_id} of {call.caller} was committed without its response")
    response: dict[str, Any] = json.loads(known.response)
    return response


def _hash(request: Mapping[str, Any]) -> bytes:
    canonical = json.dumps(request, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).digest()
