"""How an SMS to one person is queued."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from pingshan_kit import jobs
from pingshan_kit.clock import now
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.access import SERVICE
from pingshan_alerts.domain.errors import TooManyMessages
from pingshan_alerts.domain.notification import OVER_BUDGET, Outgoing, approved, own_spendings
from pingshan_alerts.store import message_budgets, notifications
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.job_kinds import TRANSMIT_NOTIFICATION, NotificationToSend

OURSELVES = f"{SERVICE}alerts"


async def queue_notification(tx: AsyncConnection, deps: Dependencies, outgoing: Outgoing, *, caller: str) -> None:
    """Stores an SMS for a sibling and enqueues the job that sends it; changes nothing where its id is known.

    Raises TemplateNotOfCaller, TemplateVariablesInvalid.
    """
    if await _add(tx, deps, outgoing, caller):
        await _send(tx, outgoing)


async def queue_own(
    tx: AsyncConnection, deps: Dependencies, outgoing: Outgoing, *, organisation: str, red: bool = False
) -> bool:
    """Queues an SMS of our own within its budgets; one beyond them is kept as not sent, and False is returned.

    `organisation` is the one that it is for, or the holder. Raises TemplateVariablesInvalid.
    """
    if not await _add(tx, deps, outgoing, OURSELVES):
        return True
    template, moment = approved(deps.reference.templates, outgoing.template_id), now()
    of_budgets = own_spendings(template, outgoing.mobile_number, organisation, red=red)
    try:
        async with tx.begin_nested():  # nothing is taken from one budget where the other is used up
            await message_budgets.spend(tx, deps.personal, of_budgets, moment)
    except TooManyMessages:
        await notifications.give_up(tx, outgoing.notification_id, OVER_BUDGET, moment)
        return False
    await _send(tx, outgoing)
    return True


async def _add(tx: AsyncConnection, deps: Dependencies, outgoing: Outgoing, caller: str) -> bool:
    """Stores an SMS, each of which comes through here; returns False where its id is known."""
    template = approved(deps.reference.templates, outgoing.template_id)
    template.check(caller.removeprefix(SERVICE), outgoing.variables)
    return await notifications.add(tx, deps.personal, outgoing, caller=caller)


async def _send(tx: AsyncConnection, outgoing: Outgoing) -> None:
    payload = NotificationToSend(notification_id=outgoing.notification_id)
    await jobs.enqueue(tx, TRANSMIT_NOTIFICATION, str(outgoing.notification_id), payload)


async def notify_holder(
    deps: Dependencies, holder_code: str, *, reason: UUID, template_id: str, texts: Mapping[str, Mapping[str, str]]
) -> int:
    """Queues an SMS to all who may act for the holder, once per reason and person. Returns the number of persons.

    `texts` are the template's variables by language, `reason` is the id of the event that led to the SMS.
    """
    contacts = await deps.identity.representatives(holder_code)
    async with deps.database.begin() as tx:
        for contact in sorted(contacts, key=lambda contact: contact.mobile_number):  # as budgets are locked
            outgoing = Outgoing(
                notification_id=uuid5(reason, contact.person_id),
                template_id=template_id,
                language=contact.language,
                mobile_number=contact.mobile_number,
                variables=texts[contact.language],
            )
            await queue_own(tx, deps, outgoing, organisation=holder_code)
    return len(contacts)
