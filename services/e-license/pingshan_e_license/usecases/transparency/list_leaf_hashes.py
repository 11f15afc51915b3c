"""Lists the leaf hashes of the transparency log, from which anybody computes its root anew."""

from dataclasses import dataclass

from pingshan_values.errors import Violation

from pingshan_e_license.domain.errors import LogIsEmpty, RequestInvalid
from pingshan_e_license.store.transparency import log_tree
from pingshan_e_license.usecases.dependencies import Dependencies

MOST_HASHES = 2_000
"""Hashes of one answer."""


@dataclass(frozen=True)
class LeafHashes:
    begin: int
    """Index of the first of `hashes`."""
    hashes: list[bytes]
    size: int
    """Size of the newest checkpoint, where the list ends."""


async def list_leaf_hashes(deps: Dependencies, *, begin: int) -> LeafHashes:
    """Returns up to MOST_HASHES hashes from index `begin`, none past the newest checkpoint.

    Raises LogIsEmpty before the first checkpoint, and RequestInvalid for a negative index or one past the end.
    """
    async with deps.database.read() as tx:
        newest = await log_tree.newest_checkpoint(tx)
        if newest is None:
            raise LogIsEmpty
        if not 0 <= begin <= newest.size:
            raise RequestInvalid(
                [
                    Violation(
                        "begin",
                        f"起始序号须在 0 到 {newest.size} 之间。",
                        f"Begin at an index from 0 to {newest.size}.",
                    )
                ]
            )
        end = min(begin + MOST_HASHES, newest.size)
        return LeafHashes(begin, await log_tree.leaf_hashes(tx, begin=begin, end=end), newest.size)
