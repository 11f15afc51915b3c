"""Raise an alert on request: REST and gRPC."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from re import compile as pattern
from uuid import UUID

from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from pingshan_values.level import Level
from pingshan_values.position import Position

from pingshan_alerts.domain.access import may_raise
from pingshan_alerts.domain.alert import Alert, Draft, check_labels, check_titles
from pingshan_alerts.domain.errors import AlertInvalid, AlertNotFound, OutsideDistrict
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.store import alerts
from pingshan_alerts.usecases.intake.shared import admit_once

_KIND = pattern(r"[a-z][a-z0-9_]{1,63}")


@dataclass(frozen=True, slots=True)
class AlertRequest:
    """What the caller says. The street follows from the position where there is one."""

    kind: str
    title_zh: str
    title_en: str
    level: Level
    owners: tuple[str, ...]
    street: str
    position: Position | None
    labels: Mapping[str, str]


async def raise_alert(
    actor: Actor,
    database: Database,
    reference: Reference,
    minute: timedelta,
    *,
    request_id: UUID,
    request: AlertRequest,
) -> Alert:
    """Raises Forbidden, AlertInvalid, OutsideDistrict, RequestIdReused."""
    if not may_raise(actor):
        raise Forbidden
    draft = _draft(reference, request)
    body = {**asdict(request), "labels": dict(request.labels)}
    alert_id = await admit_once(actor, database, reference, minute, draft=draft, request_id=request_id, payload=body)
    async with database.read() as tx:
        alert = await alerts.find(tx, alert_id)
    if alert is None:
        raise AlertNotFound(alert_id=alert_id)
    return alert


def _draft(reference: Reference, request: AlertRequest) -> Draft:
    check_titles(request.title_zh, request.title_en)
    check_labels(request.labels)
    if not _KIND.fullmatch(request.kind):
        raise AlertInvalid(zh="类型代码不正确", en="the kind is not a code")
    unknown = [owner for owner in request.owners if owner not in reference.audience.organisations]
    if unknown or not request.owners:
        raise AlertInvalid(zh="责任单位代码缺失或未知", en="owner codes are missing or unknown")
    street = _street(reference, request)
    return Draft(
        kind=request.kind,
        source="api",
        title_zh=request.title_zh.strip(),
        title_en=request.title_en.strip(),
        level=request.level,
        owners=tuple(dict.fromkeys(request.owners)),
        street=street,
        position=request.position,
        labels=dict(request.labels),
        tells_street=bool(street),
    )


def _street(reference: Reference, request: AlertRequest) -> str:
    if request.street and request.street not in reference.outlines:
        raise AlertInvalid(zh="街道代码未知", en="the street code is unknown")
    if request.position is None:
        return request.street
    street = reference.streets.containing(request.position)
    if street is None:
        raise OutsideDistrict
    if request.street and street != request.street:
        raise AlertInvalid(zh="位置不在所说的街道内", en="the position is not in that street")
    return street
