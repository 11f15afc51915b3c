"""Takes what a camera's analyser detected."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pingshan_kit.clock import now
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import check_may_detect
from pingshan_alerts.domain.detection import from_video
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ReportVideoDetection:
    request_id: UUID
    payload: Any


async def report_video_detection(deps: Dependencies, actor: Actor, command: ReportVideoDetection) -> str:
    """Stores the report and returns the id of its alert; the same request id counts no report again.

    Raises NotAllowed, DetectionInvalid, OutsideDistrict, and RequestIdReused where the request id came with other
    content.
    """
    check_may_detect(actor)
    draft = from_video(deps.reference, command.payload, now())
    return await deps.admissions.admit(actor, draft, request_id=command.request_id, payload=command.payload)
