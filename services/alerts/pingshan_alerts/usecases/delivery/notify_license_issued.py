"""Notifies the holder of a new licence by SMS."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pingshan_values.text import LANGUAGES, Text

from pingshan_alerts.domain.notification import as_variable
from pingshan_alerts.usecases.delivery.queue import notify_holder
from pingshan_alerts.usecases.dependencies import Dependencies

_NEW = Text("新签发证照", "newly issued licence")
_SIGNED_IN = Text("（登录后可见）", "(shown after signing in)")
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
    texts = license_variables(command.identifier, command.type_name, unnamed=_NEW)
    return await notify_holder(deps, holder_code, reason=command.event_id, template_id="license-issued", texts=texts)


def license_variables(identifier: str, name: Text, *, unnamed: Text) -> Mapping[str, Mapping[str, str]]:
    """Returns the variables of an SMS that name a licence, by language.

    `unnamed` stands for it where its event has no identifier or no type name, as those of earlier versions.
    """
    is_named = bool(identifier and name.zh)
    told, number = (name, Text(identifier, identifier)) if is_named else (unnamed, _SIGNED_IN)
    return {
        language: {
            "license_type": as_variable(told.in_language(language) or told.zh, _MAX_TYPE_NAME),
            "identifier": as_variable(number.in_language(language)),
        }
        for language in LANGUAGES
    }
