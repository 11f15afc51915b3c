"""The holder of a new licence gets an SMS."""

from collections.abc import Mapping
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.e_license import ELicense
from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.domain.notification import shortened
from pingshan_alerts.usecases.delivery.notify_holder import notify_holder

_UNTOLD: Mapping[str, Mapping[str, str]] = {
    "zh-Hans": {"license_type": "新签发证照", "identifier": "（登录后可见）"},
    "en": {"license_type": "newly issued licence", "identifier": "(shown after signing in)"},
}
"""What stands in the SMS where the event is of the shape that told neither identifier nor type name."""
_MAX_TYPE_NAME = 60


async def notify_license_issued(
    database: Database,
    data: PersonalData,
    identity: Identity,
    e_license: ELicense,
    *,
    event_id: UUID,
    license_id: str,
    identifier: str = "",
    type_name_zh: str = "",
    type_name_en: str = "",
) -> int:
    """Returns the number of persons told. Raises Unavailable where a sibling is away."""
    holder_code = await e_license.holder_code(license_id)
    names = {"zh-Hans": type_name_zh, "en": type_name_en or type_name_zh}
    told = {
        language: {"license_type": shortened(name, _MAX_TYPE_NAME), "identifier": identifier}
        for language, name in names.items()
    }
    return await notify_holder(
        database,
        data,
        identity,
        reason=event_id,
        holder_code=holder_code,
        template_id="license-issued",
        texts=told if identifier and type_name_zh else _UNTOLD,
    )
