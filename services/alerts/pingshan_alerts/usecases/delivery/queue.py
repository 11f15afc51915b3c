"""How an SMS to one person is queued."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from pingshan_kit import jobs
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.access import SERVICE
from pingshan_alerts.domain.notification import Outgoing, approved
from pingshan_alerts.store import notifications
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.job_kinds import TRANSMIT_NOTIFICATION, NotificationToSend

OURSELVES = f"{SERVICE}alerts"


async def queue_notification(tx: AsyncConnection, deps: Dependencies, outgoing: Outgoing, *, caller: str) -> None:
    """Stores an SMS and enqueues the job that sends it; changes nothing where its id is known.

    Every SMS comes through here. Raises TemplateNotOfCaller, TemplateVariablesInvalid.
    """
    template = approved(deps.reference.templates, outgoing.template_id)
    template.check(caller.removeprefix(SERVICE), outgoing.variables)
    if await notifications.add(tx, deps.personal, outgoing, caller=caller):
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
        for contact in contacts:
            outgoing = Outgoing(
                notification_id=uuid5(reason, contact.person_id),
                template_id=template_id,
                language=contact.language,
                mobile_number=contact.mobile_number,
                variables=texts[contact.language],
            )
            await queue_notification(tx, deps, outgoing, caller=OURSELVES)
    return len(contacts)
