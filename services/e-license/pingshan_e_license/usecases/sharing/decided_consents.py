"""What the holder's decisions on a consent have in common: the lock, the record, and the same answer to a repeat."""

from collections.abc import Callable
from uuid import UUID

from pingshan_kit import audit_log, idempotency
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_holds_consent
from pingshan_e_license.domain.errors import ConsentNotFound
from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.store.sharing import consents
from pingshan_e_license.usecases.dependencies import Dependencies


async def decided(
    deps: Dependencies,
    actor: Actor,
    *,
    request_id: UUID,
    consent_id: UUID,
    act: str,
    decide: Callable[[Consent], Consent],
) -> Consent:
    """Returns the consent after the decision; the same request id changes nothing again.

    `act` names it in the record, such as `consent.granted`. Raises ConsentNotFound for who is not its holder, what
    `decide` raises, RequestIdReused.
    """
    async with deps.database.begin() as tx:
        known = await consents.by_id(tx, deps.personal, consent_id, lock=True)
        if known is None:
            raise ConsentNotFound
        check_holds_consent(actor, known)
        request = {act: str(consent_id)}
        earlier = await idempotency.replay(tx, caller=actor.id, request_id=request_id, request=request)
        if earlier is not None:
            return known
        changed = decide(known)
        await consents.keep(tx, changed)
        details = {"item": changed.item, "requester": changed.requester, "uses_left": changed.uses_left}
        await audit_log.append(tx, actor=actor, act=act, subject=str(consent_id), details=details)
        await idempotency.remember(tx, caller=actor.id, request_id=request_id, response={"consent_id": str(consent_id)})
    mark(correlation_id=consent_id)
    log.info(act, consent_id=str(consent_id))
    return changed
