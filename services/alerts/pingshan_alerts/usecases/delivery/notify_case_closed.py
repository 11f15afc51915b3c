"""The applicant of a closed case gets an SMS."""

from collections.abc import Mapping
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.clients.workflow import Workflow
from pingshan_alerts.usecases.delivery.notify_holder import notify_holder

_OUTCOMES: Mapping[str, Mapping[str, str]] = {
    "zh-Hans": {"approved": "予以许可", "rejected": "不予许可"},
    "en": {"approved": "approved", "rejected": "rejected"},
}


async def notify_case_closed(
    database: Database,
    data: PersonalData,
    identity: Identity,
    workflow: Workflow,
    *,
    event_id: UUID,
    case_id: str,
    outcome: str,
) -> int:
    """The number of persons told. Raises Unavailable where a sibling is away."""
    applicant = await workflow.applicant_code(case_id)
    return await notify_holder(
        database,
        data,
        identity,
        reason=event_id,
        holder_code=applicant,
        template_id="case-closed",
        texts={language: {"case_id": case_id, "outcome": words[outcome]} for language, words in _OUTCOMES.items()},
    )
