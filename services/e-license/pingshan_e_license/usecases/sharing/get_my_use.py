"""Reads one use with its receipt and what opens the receipt's commitment."""

from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_e_license.domain.errors import DataUseNotFound
from pingshan_e_license.domain.sharing.use import ReceiptedUse
from pingshan_e_license.store.sharing import data_uses
from pingshan_e_license.usecases.dependencies import Dependencies


async def get_my_use(deps: Dependencies, actor: Actor, *, use_id: UUID) -> ReceiptedUse:
    """Returns the use. Raises DataUseNotFound, also for who neither is nor acts for its holder."""
    async with deps.database.read() as tx:
        known = await data_uses.by_id(tx, deps.personal, use_id)
    if known is None or known.use.holder_code not in actor.act_for:
        raise DataUseNotFound
    return known
