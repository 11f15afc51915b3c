"""Gives entries of the transparency log their index, and signs what the log has become."""

from datetime import timedelta

from pingshan_kit import clock
from pingshan_kit.logging import log
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.transparency.log_entry import LogEntry
from pingshan_e_license.domain.transparency.tree import Node, Span, grown, hash_of, nodes_of
from pingshan_e_license.store.transparency import log_tree
from pingshan_e_license.store.transparency.log_tree import KeptCheckpoint
from pingshan_e_license.usecases.dependencies import Dependencies

BATCH = 500
"""Entries of one transaction: hashing them keeps the event loop for some milliseconds."""
CHECKPOINT_EVERY = timedelta(seconds=2)
"""Between two checkpoints; an entry has its proof that much later at most."""


class BrokenTree(Exception):
    """The tree is not the one that was signed: leaves or subtrees were changed, removed or put back."""


async def sequence_entries(deps: Dependencies) -> int:
    """Returns the number of entries that got an index, at most BATCH; 0 also while another process is at it.

    Index, subtrees and checkpoint commit together, so that a kill leaves no gap and no entry twice. Raises Unavailable;
    BrokenTree where the newest checkpoint does not fit the tree: then nothing more is added or signed.
    """
    async with deps.database.begin() as tx:
        if not await log_tree.is_ours_to_write(tx):
            return 0
        entries = await log_tree.next_entries(tx, limit=BATCH)
        newest = await log_tree.newest_checkpoint(tx)
        before = await log_tree.size(tx)
        if not entries and before == (newest.size if newest else 0):
            return 0
        kept = await _known(tx, before, newest)
        if entries:
            kept = await _add(tx, entries, before, kept)
        await _sign(tx, deps, before + len(entries), kept, newest)
    return len(entries)


async def _known(tx: AsyncConnection, size: int, newest: KeptCheckpoint | None) -> dict[Node, bytes]:
    """Returns the hashes from which the root is computed. Raises BrokenTree where the signed root is another."""
    signed = Span(0, newest.size if newest else 0)
    if signed.end > size:
        raise BrokenTree(f"{size} leaves are there, {signed.end} were signed")
    kept = dict(await log_tree.hashes_of(tx, {*nodes_of(Span(0, size)), *nodes_of(signed)}))
    try:
        hash_of(Span(0, size), kept)
        if newest is not None and hash_of(signed, kept) != newest.root:
            raise BrokenTree(f"the root of {newest.size} leaves is not the one that was signed")
    except KeyError as missing:
        raise BrokenTree(f"the subtree {missing} is missing") from missing
    return kept


async def _add(tx: AsyncConnection, entries: list[LogEntry], size: int, kept: dict[Node, bytes]) -> dict[Node, bytes]:
    peaks = [kept[node] for node in nodes_of(Span(0, size))]
    new = list(grown(size, peaks, (each.leaf_hash for each in entries)))
    await log_tree.add(tx, entries, new)
    return kept | dict(new)


async def _sign(
    tx: AsyncConnection, deps: Dependencies, size: int, kept: dict[Node, bytes], newest: KeptCheckpoint | None
) -> None:
    """Signs a checkpoint where the tree has grown and the newest one is old enough."""
    now = clock.now()
    if newest is not None and (newest.size == size or now - newest.signed_at < CHECKPOINT_EVERY):
        return
    root = hash_of(Span(0, size), kept)
    await log_tree.add_checkpoint(tx, KeptCheckpoint(size, root, deps.log_signer.sign(size, root), now))
    log.info("log.checkpoint_signed", size=size)
