"""Proves that the transparency log only grew between two sizes."""

from dataclasses import dataclass
from typing import Final

from pingshan_values.errors import Violation

from pingshan_e_license.domain.errors import LogIsEmpty, RequestInvalid
from pingshan_e_license.domain.transparency.tree import consistency_spans
from pingshan_e_license.store.transparency import log_tree
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.proofs import hashes_of_spans


@dataclass(frozen=True)
class ConsistencyProof:
    old_size: int
    new_size: int
    proof: list[bytes]


_SIZE_0: Final = Violation(
    "from", "起始大小须至少为 1：空日志证明不了什么。", "Start from size 1 or more: an empty log proves nothing."
)
_TOO_LARGE: Final = Violation(
    "from", "起始大小不能大于结束大小。", "The first size must not be larger than the second."
)


async def get_consistency_proof(deps: Dependencies, *, old_size: int, new_size: int = 0) -> ConsistencyProof:
    """Returns the proof that the log of `new_size` entries begins with that of `old_size`.

    `new_size` 0 stands for the newest checkpoint. Raises LogIsEmpty before the first checkpoint, RequestInvalid for an
    old size of 0, for one beyond the new size, and for a new size beyond the newest checkpoint.
    """
    if old_size < 1:
        raise RequestInvalid([_SIZE_0])
    async with deps.database.read() as tx:
        newest = await log_tree.newest_checkpoint(tx)
        if newest is None:
            raise LogIsEmpty
        end = new_size or newest.size
        if not 0 < end <= newest.size:
            raise RequestInvalid([_beyond(newest.size)])
        if old_size > end:
            raise RequestInvalid([_TOO_LARGE])
        proof = await hashes_of_spans(tx, consistency_spans(old_size, end))
    return ConsistencyProof(old_size, end, proof)


def _beyond(size: int) -> Violation:
    return Violation("to", f"结束大小须在 1 到 {size} 之间。", f"The second size must be from 1 to {size}.")
