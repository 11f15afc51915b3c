"""A camera's analyser saw something."""

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
from pingshan_alerts.domain.errors import DetectionInvalid
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.usecases.intake.shared import admit_once


async def report_video_detection(
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
    reference.video.check(payload)
    detection.check_time(payload["observed_at"], now())
    camera = reference.cameras.get(payload["camera_id"])
    if camera is None:
        raise DetectionInvalid(zh="camera_id：没有这个摄像机", en="camera_id: no such camera")
    position, street = detection.place(reference.streets, payload["position"])
    label = ("camera_id", camera.camera_id)
    return detection.draft(reference.kinds[payload["kind"]], "video", camera.name, label, street, position)
