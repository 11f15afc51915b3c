"""A sibling wants a person told by SMS: durable before it answers, sent by a job at once."""

from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from uuid import UUID

from pingshan_kit import idempotency, jobs, telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Forbidden, InvalidRequest
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import may_notify
from pingshan_alerts.domain.notification import LANGUAGES, Outgoing, approved, carrier_number
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.job_kinds import SEND_NOTIFICATION, NotificationToSend


async def send_notification(
    actor: Actor,
    database: Database,
    data: PersonalData,
    reference: Reference,
    *,
    request_id: UUID,
    template_id: str,
    variables: Mapping[str, str],
    mobile_number: str,
    language: str,
) -> UUID:
    """The notification's id.

    Raises Forbidden, TemplateUnknown, TemplateVariablesInvalid, MobileNumberInvalid, InvalidRequest, RequestIdReused.
    """
    if not may_notify(actor):
        raise Forbidden
    approved(reference.templates, template_id).check(variables)
    number = carrier_number(mobile_number)
    if language not in LANGUAGES:
        raise InvalidRequest([("language", "应为 zh-Hans 或 en", "must be zh-Hans or en")])
    outgoing = Outgoing(uuid7(), template_id, language, number, dict(variables))
    caller = f"service:{actor.service}"
    async with database.begin() as tx:
        request = {"template_id": template_id, "language": language, "secret": _hidden(data, number, variables)}
        known = await idempotency.replay(tx, caller=caller, request_id=request_id, request=request)
        if known:
            return UUID(known["notification_id"])
        await notifications.add(tx, data, outgoing, caller=caller)
        key = str(outgoing.notification_id)
        await jobs.enqueue(tx, SEND_NOTIFICATION, key, NotificationToSend(notification_id=outgoing.notification_id))
        await idempotency.remember(tx, caller=caller, request_id=request_id, response={"notification_id": key})
    telemetry.mark(notification_id=key)
    return outgoing.notification_id


def _hidden(data: PersonalData, number: str, variables: Mapping[str, str]) -> str:
    """What identifies the request without giving away number or code, even to who can read the hash."""
    return sha256(data.index(dumps([number, dict(variables)], sort_keys=True, ensure_ascii=False))).hexdigest()
