"""Lists every use of the data of the person who asks, and of those for whom that person acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pingshan_kit.paging import Page, checked_size, checked_token, cut
from pingshan_values.actor import Actor

from pingshan_e_license.domain.sharing.use import ReceiptedUse
from pingshan_e_license.store.sharing import data_uses
from pingshan_e_license.usecases.dependencies import Dependencies


@dataclass(frozen=True)
class MyUses:
    page: Page[ReceiptedUse]
    numbers: Mapping[str, int] = field(repr=False)
    """Number of the newest use, by holder code: who sees fewer knows that one was left out."""


async def list_my_uses(deps: Dependencies, actor: Actor, *, page_size: int = 0, page_token: str = "") -> MyUses:
    """Returns one page, the newest first. Raises InvalidRequest for a wrong page size or token."""
    size = checked_size(page_size)
    before = checked_token(page_token, UUID)
    async with deps.database.read() as tx:
        fetched = await data_uses.page(tx, deps.personal, actor.act_for, before=before, limit=size + 1)
        numbers = await data_uses.count(tx, deps.personal, actor.act_for)
    return MyUses(cut(fetched, size, lambda each: each.use.use_id), numbers)
