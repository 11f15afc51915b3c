"""Notifies the applicant of a closed case by SMS."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pingshan_values.text import LANGUAGES, Text

from pingshan_alerts.usecases.delivery.queue import notify_holder
from pingshan_alerts.usecases.dependencies import Dependencies

_OUTCOMES: Mapping[str, Text] = {
    "approved": Text("予以许可", "approved"),
    "rejected": Text("不予许可", "rejected"),
}


@dataclass(frozen=True, slots=True)
class NotifyCaseClosed:
    event_id: UUID
    case_id: str
    outcome: str


async def notify_case_closed(deps: Dependencies, command: NotifyCaseClosed) -> int:
    """Queues the SMS and returns the number of persons; a second call queues none again.

    Raises Unavailable where workflow or identity cannot be reached.
    """
    applicant = await deps.workflow.applicant_code(command.case_id)
    outcome = _OUTCOMES[command.outcome]
    texts = {language: {"case_id": command.case_id, "outcome": outcome.in_language(language)} for language in LANGUAGES}
    return await notify_holder(deps, applicant, reason=command.event_id, template_id="case-closed", texts=texts)
