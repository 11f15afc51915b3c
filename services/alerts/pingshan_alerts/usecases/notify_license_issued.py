"""The holder of a new licence gets an SMS."""

from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.e_license import ELicense
from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.domain.notification import shortened
from pingshan_alerts.usecases.notify_holder import notify_holder


async def notify_license_issued(
    database: Database, data: PersonalData, identity: Identity, e_license: ELicense, *, event_id: UUID, license_id: str
) -> int:
    """The number of persons told. Raises Unavailable where a sibling is away."""
    issued = await e_license.license(license_id)
    names = {"zh-Hans": issued.type_name_zh, "en": issued.type_name_en or issued.type_name_zh}
    return await notify_holder(
        database,
        data,
        identity,
        reason=event_id,
        holder_code=issued.holder_code,
        template_id="license-issued",
        texts={
            language: {"license_type": shortened(name, 60), "identifier": issued.identifier}
            for language, name in names.items()
        },
    )
