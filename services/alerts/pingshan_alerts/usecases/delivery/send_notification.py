"""Sends a person an SMS for a sibling service: stored before the answer, given to the carrier by a job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps
from uuid import UUID

from pingshan_kit import idempotency, telemetry
from pingshan_kit.clock import now
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor

from pingshan_alerts.domain.access import SERVICE, sender
from pingshan_alerts.domain.notification import Outgoing, approved, carrier_number, check_language, spendings
from pingshan_alerts.store import message_budgets
from pingshan_alerts.usecases.delivery.queue import queue_notification
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class SendNotification:
    request_id: UUID
    template_id: str
    variables: Mapping[str, str] = field(repr=False)
    mobile_number: str = field(repr=False)
    language: str


async def send_notification(deps: Dependencies, actor: Actor, command: SendNotification) -> UUID:
    """Queues the SMS and returns its id; the same request id returns the same id and queues none again.

    Raises NotAllowed, TemplateUnknown, TemplateNotOfCaller, TemplateVariablesInvalid, MobileNumberInvalid,
    RequestInvalid, TooManyMessages beyond a budget, and RequestIdReused where the request id came with other content.
    """
    caller = sender(actor)
    template = approved(deps.reference.templates, command.template_id)
    outgoing = _outgoing(command)
    async with deps.database.begin() as tx:
        request = {
            "template_id": command.template_id,
            "language": command.language,
            "secret": _hidden(deps, outgoing.mobile_number, command.variables),
        }
        request_id = command.request_id
        known = await idempotency.replay(tx, caller=caller, request_id=request_id, request=request)
        if known:
            return UUID(known["notification_id"])
        await queue_notification(tx, deps, outgoing, caller=caller)
        of_budgets = spendings(template, deps.reference.messages, caller.removeprefix(SERVICE), outgoing.mobile_number)
        await message_budgets.spend(tx, deps.personal, of_budgets, now())
        response = {"notification_id": str(outgoing.notification_id)}
        await idempotency.remember(tx, caller=caller, request_id=request_id, response=response)
    telemetry.mark(notification_id=str(outgoing.notification_id))
    return outgoing.notification_id


def _outgoing(command: SendNotification) -> Outgoing:
    number = carrier_number(command.mobile_number)
    check_language(command.language)
    return Outgoing(uuid7(), command.template_id, command.language, number, dict(command.variables))


def _hidden(deps: Dependencies, number: str, variables: Mapping[str, str]) -> str:
    """Returns a hash that identifies the request; without the key it gives away neither number nor variables."""
    words = dumps([number, dict(variables)], sort_keys=True, ensure_ascii=False)
    return sha256(deps.personal.index(words)).hexdigest()
