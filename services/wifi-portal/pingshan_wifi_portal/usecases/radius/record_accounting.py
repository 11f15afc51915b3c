"""Records a group of Accounting-Requests that were heard: sessions, the day's volume, what follows from both."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from uuid import UUID

from pingshan_events.wifi_portal import SessionEnded, SessionStarted
from pingshan_kit.clock import today
from pingshan_kit.events import outbox
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.session import (
    AccountingOnOff,
    AccountingRequest,
    Outcome,
    Session,
    apply,
    refusal,
)
from pingshan_wifi_portal.store import controllers, sessions, usage
from pingshan_wifi_portal.usecases.quotas.shared import slow_down
from pingshan_wifi_portal.usecases.radius.record_accounting_on_off import record_accounting_on_off
from pingshan_wifi_portal.usecases.radius.shared import HeardAccounting
from pingshan_wifi_portal.usecases.sessions.shared import session_ended, session_started


async def record_accounting(tx: AsyncConnection, heard: Sequence[HeardAccounting]) -> None:
    """Applies the requests in their order. A repeated or overtaken one changes nothing; a refused one is counted."""
    refused: Counter[tuple[str, str]] = Counter()
    for is_on_off, run in groupby(heard, key=lambda each: isinstance(each.request, AccountingOnOff)):
        if is_on_off:
            for each in run:
                await record_accounting_on_off(tx, each)
        else:
            refused += await _record(tx, list(run))
    if refused:
        await controllers.add_drops(tx, today(), refused)
    last = max(each.heard_at for each in heard)
    await controllers.note_packets(tx, sorted({each.request.controller_id for each in heard}), last)


async def _record(tx: AsyncConnection, heard: Sequence[HeardAccounting]) -> Counter[tuple[str, str]]:
    """Returns how many were refused, or had counters that were not believed, by controller and reason."""
    requests = [(each.request, each.traceparent) for each in heard if isinstance(each.request, AccountingRequest)]
    known = await _sessions(tx, [request for request, _ in requests])
    refused: Counter[tuple[str, str]] = Counter()
    changed: dict[UUID, list[tuple[Outcome, str]]] = defaultdict(list)
    octets: dict[UUID, int] = defaultdict(int)
    for request, traceparent in requests:
        session = known.get(request.session_id)
        why = refusal(session.controller_id if session else None, request)
        if session is None or why:
            refused[request.controller_id, why] += 1
            continue
        outcome = apply(session, request)
        if outcome.implausible:
            refused[request.controller_id, "implausible-counters"] += 1
        if outcome.session != session:
            moved = known[request.session_id] = replace(outcome.session, version=session.version + 1)
            changed[request.session_id].append((replace(outcome, session=moved), traceparent))
        if outcome.octets and session.visitor_id is not None:
            octets[session.visitor_id] += outcome.octets
    await _store(tx, changed.values(), octets)
    return refused


async def _sessions(tx: AsyncConnection, requests: Sequence[AccountingRequest]) -> dict[UUID, Session]:
    known = await sessions.lock(tx, list({request.session_id for request in requests}))
    missing = [request for request in requests if request.session_id not in known]
    if missing:
        await sessions.add_unknown(tx, missing)
        known |= await sessions.lock(tx, list({request.session_id for request in missing}))
    return known


async def _store(
    tx: AsyncConnection, changed: Iterable[Sequence[tuple[Outcome, str]]], octets: dict[UUID, int]
) -> None:
    """Stores the last outcome of each session, and publishes what all of them say."""
    outcomes = [each for of_session in changed for each in of_session]
    last = {outcome.session.session_id: outcome.session for outcome, _ in outcomes}
    if last:
        await sessions.save(tx, list(last.values()))
    events: list[SessionStarted | SessionEnded] = []
    for outcome, traceparent in outcomes:
        if outcome.started:
            events.append(session_started(outcome.session, traceparent))
        if outcome.ended:
            events.append(session_ended(outcome.session, traceparent))
    await outbox.publish_all(tx, events)
    if octets:
        await _charge(tx, octets)


async def _charge(tx: AsyncConnection, octets: dict[UUID, int]) -> None:
    """Adds to the day's volume, and slows down who used it up with this."""
    sums = await usage.add(tx, today(), dict(sorted(octets.items())))
    plans = await usage.plans(tx, list(sums))
    for visitor_id, used in sums.items():
        if quota.exhausted(plans[visitor_id], used):
            await slow_down(tx, visitor_id=visitor_id, plan=plans[visitor_id])
