"""Makes proofs of the transparency log in a transaction that is there already."""

from pingshan_values.log_proof import InclusionProof, Opening
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.errors import LogEntryPending
from pingshan_e_license.domain.transparency.log_entry import LogEntry
from pingshan_e_license.domain.transparency.tree import Span, hash_of, inclusion_spans, nodes_of
from pingshan_e_license.store.transparency import log_tree


async def prove_inclusion(tx: AsyncConnection, entry: LogEntry, opening: Opening | None = None) -> InclusionProof:
    """Returns the proof that the entry is in the log of the newest checkpoint.

    With `opening` (`log_entries.opening`) the document also says what the entry is about: whoever passes it decides
    that it may be shown. Raises LogEntryPending for an entry that is younger than the newest checkpoint.
    """
    index, newest = await log_tree.index_of(tx, entry.entry_id), await log_tree.newest_checkpoint(tx)
    if index is None or newest is None or index >= newest.size:
        raise LogEntryPending
    proof = await hashes_of_spans(tx, inclusion_spans(index, newest.size))
    return InclusionProof(entry.leaf, index, proof, newest.note, opening)


async def hashes_of_spans(tx: AsyncConnection, spans: list[Span]) -> list[bytes]:
    """Returns the roots of the spans, in their order."""
    hashes = await log_tree.hashes_of(tx, {node for span in spans for node in nodes_of(span)})
    return [hash_of(span, hashes) for span in spans]
