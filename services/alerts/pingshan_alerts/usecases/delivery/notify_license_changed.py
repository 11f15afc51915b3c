"""Notifies the holder of what was decided on a licence by SMS."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pingshan_values.text import LANGUAGES, Text

from pingshan_alerts.usecases.delivery.notify_license_issued import license_variables
from pingshan_alerts.usecases.delivery.queue import notify_holder
from pingshan_alerts.usecases.dependencies import Dependencies

CHANGES: Mapping[str, Text] = {
    "suspended": Text("已暂停使用", "is suspended"),
    "resumed": Text("已恢复使用", "is valid again"),
    "revoked": Text("已被吊销", "was revoked"),
    "rescinded": Text("已被撤销", "was rescinded"),
    "cancelled": Text("已注销", "was cancelled"),
    "lapsed": Text("已宣告失效", "was declared void"),
    "transferred_out": Text("已迁出本区", "was transferred out of the district"),
}
"""What an SMS says of an act; of any other one the holder hears by the issue of the next version."""
_UNNAMED = Text("电子证照", "electronic licence")


@dataclass(frozen=True, slots=True)
class NotifyLicenseChanged:
    event_id: UUID
    license_id: str
    identifier: str
    type_name: Text
    act: str
    """A key of CHANGES."""


async def notify_license_changed(deps: Dependencies, command: NotifyLicenseChanged) -> int:
    """Queues the SMS and returns the number of persons; a second call queues none again.

    Raises Unavailable where e-license or identity cannot be reached.
    """
    holder_code = await deps.e_license.holder_code(command.license_id)
    variables = license_variables(command.identifier, command.type_name, unnamed=_UNNAMED)
    change = CHANGES[command.act]
    texts = {language: {**variables[language], "change": change.in_language(language)} for language in LANGUAGES}
    return await notify_holder(deps, holder_code, reason=command.event_id, template_id="license-changed", texts=texts)
