"""Take a batch of accounting reports into one transaction: sessions, the day's volume, and what follows from both."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from pingshan_kit.clock import now, today
from pingshan_kit.events import outbox
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.session import Outcome, Report, Session, apply
from pingshan_wifi_portal.store import controllers, sessions, usage
from pingshan_wifi_portal.usecases import session_events
from pingshan_wifi_portal.usecases.slow_down import slow_down


async def record_accounting(actor: Actor, database: Database, *, reports: Sequence[Report]) -> list[str]:
    """Once it returns, every accepted report is durable. Per report: why it was refused, empty where it was not.

    A repeated or overtaken report is accepted and changes nothing.
    """
    del actor
    async with database.begin() as tx:
        known = await _sessions(tx, reports)
        changed, octets, refusals = _apply(known, reports)
        await _store(tx, changed, octets)
        await controllers.note_packets(tx, sorted({report.controller_id for report in reports}), now())
    return refusals


async def _sessions(tx: AsyncConnection, reports: Sequence[Report]) -> dict[UUID, Session]:
    known = await sessions.lock(tx, list({report.session_id for report in reports}))
    missing = [report for report in reports if report.session_id not in known]
    if missing:
        await sessions.add_unknown(tx, missing)
        known |= await sessions.lock(tx, list({report.session_id for report in missing}))
    return known


def _apply(
    known: dict[UUID, Session], reports: Sequence[Report]
) -> tuple[dict[UUID, list[Outcome]], dict[UUID, int], list[str]]:
    """Outcomes per session in the order of the reports, newly used octets per visitor, refusals."""
    changed: dict[UUID, list[Outcome]] = defaultdict(list)
    octets: dict[UUID, int] = defaultdict(int)
    refusals = []
    for report in reports:
        session = changed[report.session_id][-1].session if changed[report.session_id] else known.get(report.session_id)
        refusal = _refusal(session, report)
        refusals.append(refusal)
        if session is None or refusal:
            continue
        outcome = apply(session, report)
        if outcome.session != session:
            moved = replace(outcome.session, version=session.version + 1)
            changed[report.session_id].append(replace(outcome, session=moved))
        if outcome.octets and session.visitor_id is not None:
            octets[session.visitor_id] += outcome.octets
    return {key: outcomes for key, outcomes in changed.items() if outcomes}, octets, refusals


def _refusal(session: Session | None, report: Report) -> str:
    if session is None:
        return "unknown-access-point"
    if session.controller_id != report.controller_id:
        return "foreign-session"
    return ""


async def _store(tx: AsyncConnection, changed: dict[UUID, list[Outcome]], octets: dict[UUID, int]) -> None:
    if changed:
        await sessions.save(tx, [outcomes[-1].session for outcomes in changed.values()])
    for outcomes in changed.values():
        for outcome in outcomes:
            if outcome.started:
                await outbox.publish(tx, session_events.started(outcome.session))
            if outcome.ended:
                await outbox.publish(tx, session_events.ended(outcome.session))
    if octets:
        await _charge(tx, octets)


async def _charge(tx: AsyncConnection, octets: dict[UUID, int]) -> None:
    """Add to the day's volume; slow down who used it up with this."""
    sums = await usage.add(tx, today(), dict(sorted(octets.items())))
    plans = await usage.plans(tx, list(sums))
    for visitor_id, used in sums.items():
        if quota.exhausted(plans[visitor_id], used):
            await slow_down(tx, visitor_id=visitor_id, plan=plans[visitor_id])
