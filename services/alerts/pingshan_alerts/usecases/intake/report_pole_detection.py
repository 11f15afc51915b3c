"""A light pole reports: its SOS button, its sensors, itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pingshan_kit.clock import now
from pingshan_kit.errors import Forbidden
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.domain import detection
from pingshan_alerts.domain.access import may_detect
from pingshan_alerts.domain.alert import Draft
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.usecases.intake.shared import admit_once


async def report_pole_detection(
    actor: Actor, database: Database, reference: Reference, minute: timedelta, *, request_id: UUID, payload: Any
) -> str:
    """The alert's id; the report is durable when it returns.

    Raises Forbidden, DetectionInvalid, OutsideDistrict, RequestIdReused.
    """
    if not may_detect(actor):
        raise Forbidden
    draft = _draft(reference, payload)
    return await admit_once(actor, database, reference, minute, draft=draft, request_id=request_id, payload=payload)


def _draft(reference: Reference, payload: Any) -> Draft:
    reference.pole.check(payload)
    detection.check_time(payload["observed_at"], now())
    position, street = detection.place(reference.streets, payload["position"])
    kind, pole = reference.kinds[payload["kind"]], payload["pole_id"]
    detail = detection.measured(payload)
    return detection.draft(kind, "pole", pole, ("pole_id", pole), street, position, detail)
