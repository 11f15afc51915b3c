"""Records and counts requests for more than an item allows, by agency."""

from pingshan_kit import audit_log, clock, idempotency
from pingshan_kit.logging import log
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import acts_by_mandate
from pingshan_e_license.domain.errors import OverAsked
from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.domain.sharing.statistics import OVER_ASKED
from pingshan_e_license.store.sharing import counts
from pingshan_e_license.usecases.dependencies import Dependencies


def requester_of(actor: Actor) -> str:
    """Returns the organisation that asks; empty for somebody who acts for a holder."""
    return "" if acts_by_mandate(actor) else actor.organisation or ""


async def record_over_asking(
    deps: Dependencies, actor: Actor, item: SharingItem, call: idempotency.Call, refused: OverAsked
) -> None:
    """Records and counts it once for a request id, however often the same request is sent."""
    requester = requester_of(actor)
    details: dict[str, object] = {"requester": requester, "excess": refused.params["excess"]}
    if "name" in refused.params:
        details["name"] = refused.params["name"]
    async with deps.database.begin() as tx:
        [known] = await idempotency.replay_all(tx, [call])
        if known is not None and not isinstance(known, Exception):
            return
        await counts.count(tx, requester=requester, item=item.code, outcome=OVER_ASKED, day=clock.today())
        await audit_log.append(tx, actor=actor, act="data.over-asked", subject=item.code, details=details)
        if known is None:
            await idempotency.remember_all(tx, {call.key: {"refused": "over_asked"}})
    log.warning("data.over-asked", item=item.code, requester=requester, excess=str(details["excess"]))
