"""Reads one consent with its item, for the holder to decide."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_holds_consent
from pingshan_e_license.domain.errors import ConsentNotFound
from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.store.sharing import consents
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_sharing_item import ItemWithTypes, get_sharing_item


@dataclass(frozen=True)
class ConsentWithItem:
    consent: Consent
    of: ItemWithTypes


async def get_consent(deps: Dependencies, actor: Actor, *, consent_id: UUID) -> ConsentWithItem:
    """Returns the consent beside its item. Raises ConsentNotFound, also for who is not its holder."""
    async with deps.database.read() as tx:
        known = await consents.by_id(tx, deps.personal, consent_id)
    if known is None:
        raise ConsentNotFound
    check_holds_consent(actor, known)
    return ConsentWithItem(known, await get_sharing_item(deps, code=known.item))
