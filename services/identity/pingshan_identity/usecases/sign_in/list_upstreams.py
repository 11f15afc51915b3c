"""Lists the upstreams of a realm, and which of them the person has linked."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_values.actor import Actor

from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.upstream import Upstream
from pingshan_identity.store.sign_in.upstreams import links_of
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class OfferedUpstream:
    upstream: Upstream
    linked_at: datetime | None
    """Time of linking; None where it is not linked, or nobody is signed in."""


async def list_upstreams(deps: Dependencies, actor: Actor, *, realm: Realm) -> list[OfferedUpstream]:
    """Returns the upstreams of the realm in the order of the registry."""
    linked: dict[str, datetime] = {}
    if actor.person_id is not None:
        async with deps.database.read() as tx:
            linked = await links_of(tx, actor.person_id)
    return [OfferedUpstream(each, linked.get(each.code)) for each in deps.upstreams.of_realm(realm)]
