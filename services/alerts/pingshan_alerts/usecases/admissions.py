"""Turns a report of any source into a new alert, or counts it with the live one of the same fingerprint.

Reports that wait at the same time share a statement, or a transaction where it takes more than that, and are admitted
in the order in which they came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pingshan_events.alerts import AlertRaised
from pingshan_kit import idempotency, telemetry
from pingshan_kit.clock import now
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import GaveWay, Grouped, Joined, Lane, Member
from pingshan_values.actor import Actor
from pingshan_values.level import Level
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Alert, Draft, is_graver
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.domain.routing import Audience, Step, organisations_of, route
from pingshan_alerts.store import alerts
from pingshan_alerts.store.alerts import NewReport
from pingshan_alerts.store.entries import NewEntry
from pingshan_alerts.usecases.notices import Notice, notify_audiences


@dataclass(frozen=True, slots=True)
class Report:
    """Is what somebody reports, under an id of theirs."""

    actor: Actor
    draft: Draft
    fingerprint: str
    call: idempotency.Call


@dataclass(frozen=True, slots=True)
class _Raised:
    """Is an alert that is new, or graver than before, with the report that made it so."""

    by: Member[Report]
    alert: Alert
    """As this report left it."""
    is_new: bool


class Admissions:
    """Admits reports; a process makes one."""

    def __init__(self, database: Database, reference: Reference, minute: timedelta) -> None:
        self._database = database
        self._audience = reference.audience
        self._minute = minute
        counts, acts = Lane(database), Lane(database)
        self._count_again = Joined(
            counts, alerts.COUNT_AGAIN, row=_id, otherwise=_give_way, distinct=lambda row: row[:2]
        )
        self._admit = Grouped(
            acts,
            self._together,
            name="admit reports",
            otherwise=self._alone,
            distinct=lambda report: report.call.key,
        )

    async def admit(self, actor: Actor, draft: Draft, *, request_id: UUID, payload: Mapping[str, Any]) -> str:
        """Returns the alert's id after the commit; the same request id changes nothing again.

        Raises RequestIdReused where the request id came with another payload, Unavailable.
        """
        call = idempotency.Call(actor.id, request_id, payload)
        alert_id = await self._admitted(Report(actor, draft, draft.fingerprint, call))
        telemetry.mark(alert_id=alert_id, correlation_id=alert_id)
        return alert_id

    async def _admitted(self, report: Report) -> str:
        try:
            counted = await self._count_again(alerts.again_row(report.call, report.draft, report.fingerprint, now()))
        except GaveWay:
            return await self._alone(report)
        return counted[0] if counted else await self._admit(report)

    async def _alone(self, report: Report) -> str:
        async with self._database.begin() as tx:
            [result] = await self._together(tx, [Member(report)])
            if isinstance(result, Exception):
                raise result
        return result

    async def _together(self, tx: AsyncConnection, members: Sequence[Member[Report]]) -> Sequence[str | Exception]:
        later = _graver_than_before(members)
        calls = [member.item.call for member in members if member not in later]
        known = dict(zip((call.key for call in calls), await idempotency.replay_all(tx, calls), strict=True))
        new = [member for member in members if member not in later and known[member.item.call.key] is None]
        responses = await self._admit_new(tx, new)
        await idempotency.remember_all(tx, responses)
        return [
            GaveWay() if member in later else _alert_id(known[member.item.call.key] or responses[member.item.call.key])
            for member in members
        ]

    async def _admit_new(
        self, tx: AsyncConnection, new: Sequence[Member[Report]]
    ) -> dict[tuple[str, UUID], Mapping[str, Any]]:
        """Notifies the audience of each new alert, and of a graver report those who were not notified yet."""
        if not new:
            return {}
        at = now()
        same: dict[str, list[Member[Report]]] = {}
        for member in new:
            same.setdefault(member.item.fingerprint, []).append(member)
        counted = await alerts.count_or_add(tx, [(group[0].item.draft, len(group)) for group in same.values()], at)
        found = dict(zip(same, counted, strict=True))
        alert_ids = {member.item.call.key: found[member.item.fingerprint][0].alert_id for member in new}
        await alerts.add_reports(tx, [_report(member.item, alert_ids[member.item.call.key]) for member in new])
        raised = [_raised(group, *found[fingerprint]) for fingerprint, group in same.items()]
        await self._notify(tx, [each for each in raised if each is not None], at)
        return {key: {"alert_id": alert_id} for key, alert_id in alert_ids.items()}

    async def _notify(self, tx: AsyncConnection, raised: Sequence[_Raised], at: datetime) -> None:
        notices, events = [], []
        for each in raised:
            steps = _steps(self._audience, each.alert, each.by.item.draft)
            with each.by.act():
                notices.append(Notice(each.alert, _entry(each), steps))
                events.append(_event(each.alert, organisations_of(steps), at))
        await notify_audiences(tx, notices, at, self._minute)
        await outbox.publish_all(tx, events)


def _graver_than_before(members: Sequence[Member[Report]]) -> set[Member[Report]]:
    """Returns those whose report is graver than one of the same thing before it in the group.

    It would raise the level of an alert that the same statement counts: such a report comes alone, after the group.
    """
    least: dict[str, Level] = {}
    graver = set()
    for member in members:
        level = member.item.draft.level
        if is_graver(level, least.setdefault(member.item.fingerprint, level)):
            graver.add(member)
    return graver


def _raised(group: Sequence[Member[Report]], alert: Alert, before: Level | None) -> _Raised | None:
    """Returns the alert as the first report of the group left it, which is the gravest of them."""
    if before is not None and not is_graver(alert.level, before):
        return None
    return _Raised(group[0], replace(alert, version=alert.version - len(group) + 1), before is None)


def _report(report: Report, alert_id: str) -> NewReport:
    return NewReport(uuid7(), alert_id, report.draft.source, report.actor.id, report.call.request)


def _entry(raised: _Raised) -> NewEntry:
    report, alert = raised.by.item, raised.alert
    details = {"source": report.draft.source, "level": alert.level}
    return NewEntry(alert.alert_id, "raised" if raised.is_new else "graver", details, report.actor)


def _steps(audience: Audience, alert: Alert, draft: Draft) -> Sequence[Step]:
    return route(
        audience,
        alert.level,
        alert.owners,
        alert.street,
        notifies_street=draft.notifies_street,
        notifies_others=draft.notifies_others,
    )


def _event(alert: Alert, organisations: list[str], at: datetime) -> AlertRaised:
    return AlertRaised(
        event_id=uuid7(),
        aggregate_id=alert.alert_id,
        aggregate_version=alert.version,
        correlation_id=alert.alert_id,
        traceparent=telemetry.traceparent(),
        occurred_at=at,
        alert_id=alert.alert_id,
        kind=alert.kind,
        level=alert.level.value,
        street=alert.street,
        organisations=organisations,
    )


async def _give_way(_row: tuple[Any, ...]) -> list[str]:
    raise GaveWay


def _id(row: asyncpg.Record) -> str:
    alert_id: str = row["alert_id"]
    return alert_id


def _alert_id(known: Mapping[str, Any] | Exception) -> str | Exception:
    return known if isinstance(known, Exception) else str(known["alert_id"])
