"""Notifies the holder of a new licence by SMS."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pingshan_values.text import LANGUAGES, Text

from pingshan_alerts.domain.notification import as_variable
from pingshan_alerts.usecases.delivery.queue import notify_holder
from pingshan_alerts.usecases.dependencies import Dependencies

_UNKNOWN: Mapping[str, Mapping[str, str]] = {
    "zh-Hans": {"license_type": "新签发证照", "identifier": "（登录后可见）"},
    "en": {"license_type": "newly issued licence", "identifier": "(shown after signing in)"},
}
"""Variables of the SMS by language, for an event that has no identifier or no type name."""
_MAX_TYPE_NAME = 60


@dataclass(frozen=True, slots=True)
class NotifyLicenseIssued:
    event_id: UUID
    license_id: str
    identifier: str
    type_name: Text


async def notify_license_issued(deps: Dependencies, command: NotifyLicenseIssued) -> int:
    """Queues the SMS and returns the number of persons; a second call queues none again.

    Raises Unavailable where e-license or identity cannot be reached.
    """
    holder_code = await deps.e_license.holder_code(command.license_id)
    texts = _texts(command)
    return await notify_holder(deps, holder_code, reason=command.event_id, template_id="license-issued", texts=texts)


def _texts(command: NotifyLicenseIssued) -> Mapping[str, Mapping[str, str]]:
    name = command.type_name
    if not (command.identifier and name.zh):
        return _UNKNOWN
    return {
        language: {
            "license_type": as_variable(name.in_language(language) or name.zh, _MAX_TYPE_NAME),
            "identifier": as_variable(command.identifier),
        }
        for language in LANGUAGES
    }
