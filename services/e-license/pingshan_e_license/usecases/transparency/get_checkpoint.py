"""Reads the newest checkpoint of the transparency log."""

from dataclasses import dataclass

from pingshan_e_license.domain.errors import LogIsEmpty
from pingshan_e_license.store.transparency import log_tree
from pingshan_e_license.store.transparency.log_tree import KeptCheckpoint
from pingshan_e_license.usecases.dependencies import Dependencies


@dataclass(frozen=True)
class LogHead:
    """Holds the newest checkpoint beside the key that signed it."""

    checkpoint: KeptCheckpoint
    verifier_key: str
    """As text: `<name>+<key id>+<key>`."""


async def get_checkpoint(deps: Dependencies) -> LogHead:
    """Returns the newest checkpoint. Raises LogIsEmpty before the first one."""
    async with deps.database.read() as tx:
        newest = await log_tree.newest_checkpoint(tx)
    if newest is None:
        raise LogIsEmpty
    return LogHead(newest, str(deps.log_signer.key))
