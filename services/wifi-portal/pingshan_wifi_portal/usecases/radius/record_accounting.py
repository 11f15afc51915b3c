"""Records a batch of Accounting-Requests in one transaction: sessions, the day's volume, what follows from both."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from pingshan_kit.clock import now, today
from pingshan_kit.events import outbox
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.session import AccountingRequest, Outcome, Session, apply, refusal
from pingshan_wifi_portal.store import controllers, sessions, usage
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.quotas.shared import slow_down
from pingshan_wifi_portal.usecases.sessions.shared import session_ended, session_started


@dataclass(frozen=True, slots=True)
class RecordAccounting:
    requests: Sequence[AccountingRequest]


async def record_accounting(deps: Dependencies, command: RecordAccounting) -> list[str]:
    """Returns why each request was refused, an empty string where it was accepted and is stored.

    A repeated or overtaken request is accepted and changes nothing.
    """
    requests = command.requests
    async with deps.database.begin() as tx:
        known = await _sessions(tx, requests)
        changed, octets, refusals = _apply(known, requests)
        await _store(tx, changed, octets)
        await controllers.note_packets(tx, sorted({request.controller_id for request in requests}), now())
    return refusals


async def _sessions(tx: AsyncConnection, requests: Sequence[AccountingRequest]) -> dict[UUID, Session]:
    known = await sessions.lock(tx, list({request.session_id for request in requests}))
    missing = [request for request in requests if request.session_id not in known]
    if missing:
        await sessions.add_unknown(tx, missing)
        known |= await sessions.lock(tx, list({request.session_id for request in missing}))
    return known


def _apply(
    known: dict[UUID, Session], requests: Sequence[AccountingRequest]
) -> tuple[dict[UUID, list[Outcome]], dict[UUID, int], list[str]]:
    """Returns outcomes per session in the order of the requests, newly used octets per visitor, refusals."""
    changed: dict[UUID, list[Outcome]] = defaultdict(list)
    octets: dict[UUID, int] = defaultdict(int)
    refusals = []
    for request in requests:
        earlier = changed[request.session_id]
        session = earlier[-1].session if earlier else known.get(request.session_id)
        refusals.append(refusal(session, request))
        if session is None or refusals[-1]:
            continue
        outcome = apply(session, request)
        if outcome.session != session:
            moved = replace(outcome.session, version=session.version + 1)
            earlier.append(replace(outcome, session=moved))
        if outcome.octets and session.visitor_id is not None:
            octets[session.visitor_id] += outcome.octets
    return {key: outcomes for key, outcomes in changed.items() if outcomes}, octets, refusals


async def _store(tx: AsyncConnection, changed: dict[UUID, list[Outcome]], octets: dict[UUID, int]) -> None:
    if changed:
        await sessions.save(tx, [outcomes[-1].session for outcomes in changed.values()])
    for outcomes in changed.values():
        for outcome in outcomes:
            if outcome.started:
                await outbox.publish(tx, session_started(outcome.session))
            if outcome.ended:
                await outbox.publish(tx, session_ended(outcome.session))
    if octets:
        await _charge(tx, octets)


async def _charge(tx: AsyncConnection, octets: dict[UUID, int]) -> None:
    """Adds to the day's volume, and slows down who used it up with this."""
    sums = await usage.add(tx, today(), dict(sorted(octets.items())))
    plans = await usage.plans(tx, list(sums))
    for visitor_id, used in sums.items():
        if quota.exhausted(plans[visitor_id], used):
            await slow_down(tx, visitor_id=visitor_id, plan=plans[visitor_id])
