"""The log's tree: entries get their index, subtrees are kept, checkpoints are signed.

All of it is only added to. One transaction at a time writes, by a lock; a second one would meet its indexes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.transparency.log_entry import EntryKind, LogEntry
from pingshan_e_license.domain.transparency.tree import Node
from pingshan_e_license.store.tables import log_checkpoint, log_entry, log_leaf, log_pending

_LOCK = 7_471_030
_HASHES = """
SELECT 0 AS level, leaf_index AS number, hash FROM log_leaf
WHERE leaf_index = ANY($1::bigint[])
UNION ALL
SELECT level, node_index, hash FROM log_node
JOIN unnest($2::smallint[], $3::bigint[]) AS k (level, node_index) USING (level, node_index)
"""
_ADD_LEAVES = """
WITH k AS (SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[]) AS k (leaf_index, entry_id, hash)),
taken AS (DELETE FROM log_pending USING k WHERE log_pending.entry_id = k.entry_id)
INSERT INTO log_leaf (leaf_index, entry_id, hash) SELECT leaf_index, entry_id, hash FROM k
"""
_ADD_NODES = """
INSERT INTO log_node (level, node_index, hash)
SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
"""


@dataclass(frozen=True)
class KeptCheckpoint:
    size: int
    root: bytes
    note: str
    """The signed note."""
    signed_at: datetime


async def is_ours_to_write(tx: AsyncConnection) -> bool:
    """Returns whether no other transaction writes the tree; until the end of this one nobody else does."""
    return bool((await tx.execute(select(func.pg_try_advisory_xact_lock(_LOCK)))).scalar_one())


async def size(tx: AsyncConnection) -> int:
    """Returns the number of leaves."""
    last = (await tx.execute(select(func.max(log_leaf.c.leaf_index)))).scalar_one_or_none()
    return 0 if last is None else last + 1


async def next_entries(tx: AsyncConnection, *, limit: int) -> list[LogEntry]:
    """Returns up to `limit` entries that have no index yet, the oldest first."""
    columns = (log_entry.c.entry_id, log_entry.c.kind, log_entry.c.commitment, log_entry.c.recorded_at)
    joined = log_pending.join(log_entry, log_entry.c.entry_id == log_pending.c.entry_id)
    rows = await tx.execute(select(*columns).select_from(joined).order_by(log_pending.c.entry_id).limit(limit))
    return [LogEntry(row.entry_id, EntryKind(row.kind), row.commitment, row.recorded_at) for row in rows]


async def add(tx: AsyncConnection, entries: Sequence[LogEntry], grown: Sequence[tuple[Node, bytes]]) -> None:
    """Gives the entries their indexes, and keeps the subtrees that `tree.grown` made of their leaf hashes."""
    leaves = [(node.number, found) for node, found in grown if node.level == 0]
    numbers, hashes = [number for number, _ in leaves], [found for _, found in leaves]
    await tx.exec_driver_sql(_ADD_LEAVES, (numbers, [each.entry_id for each in entries], hashes))
    above = [(node.level, node.number, found) for node, found in grown if node.level]
    if above:
        await tx.exec_driver_sql(_ADD_NODES, tuple(map(list, zip(*above, strict=True))))


async def hashes_of(tx: AsyncConnection, nodes: Collection[Node]) -> Mapping[Node, bytes]:
    """Returns the hashes of those of the subtrees that are kept."""
    leaves = [node.number for node in nodes if node.level == 0]
    above = [node for node in nodes if node.level]
    parameters = (leaves, [node.level for node in above], [node.number for node in above])
    rows = await tx.exec_driver_sql(_HASHES, parameters)
    return {Node(row.level, row.number): row.hash for row in rows}


async def index_of(tx: AsyncConnection, entry_id: UUID) -> int | None:
    """Returns the index of an entry, None while it has none."""
    query = select(log_leaf.c.leaf_index).where(log_leaf.c.entry_id == entry_id)
    return (await tx.execute(query)).scalar_one_or_none()


async def leaf_hashes(tx: AsyncConnection, *, begin: int, end: int) -> list[bytes]:
    """Returns the leaf hashes from index `begin` up to, but not including, `end`."""
    mine = select(log_leaf.c.hash).where(log_leaf.c.leaf_index >= begin, log_leaf.c.leaf_index < end)
    return list((await tx.execute(mine.order_by(log_leaf.c.leaf_index))).scalars())


async def newest_checkpoint(tx: AsyncConnection) -> KeptCheckpoint | None:
    """Returns the checkpoint of the largest tree, None before the first one."""
    row = (await tx.execute(select(log_checkpoint).order_by(log_checkpoint.c.size.desc()).limit(1))).one_or_none()
    return None if row is None else KeptCheckpoint(row.size, row.root, row.note, row.signed_at)


async def add_checkpoint(tx: AsyncConnection, made: KeptCheckpoint) -> None:
    await tx.execute(
        log_checkpoint.insert().values(size=made.size, root=made.root, note=made.note, signed_at=made.signed_at)
    )
