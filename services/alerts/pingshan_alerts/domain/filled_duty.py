"""Turns a duty that was filled from identity's server into a draft of an alert."""

from collections.abc import Sequence

from pingshan_values.text import Text

from pingshan_alerts.domain.alert import Draft
from pingshan_alerts.domain.kind import DUTY_FILLED

_DUTIES = {
    "system-administrator": Text("系统管理员", "system administrator"),
    "security-administrator": Text("安全管理员", "security administrator"),
    "auditor": Text("审计员", "auditor"),
}


def from_duty(duty: str, person_id: str, organisations: Sequence[str]) -> Draft:
    """Returns a draft that also the organisations of the other administrators own; it has no place."""
    named = _DUTIES.get(duty, Text(duty, duty))
    return Draft(
        kind=DUTY_FILLED.code,
        source="event",
        title_zh=f"{DUTY_FILLED.name.zh}：{named.zh}",
        title_en=f"{DUTY_FILLED.name.en}: {named.en}",
        level=DUTY_FILLED.level,
        owners=tuple(dict.fromkeys((*DUTY_FILLED.owners, *organisations))),
        street="",
        position=None,
        labels={"duty": duty, "person_id": person_id},
        notifies_street=DUTY_FILLED.notifies_street,
        notifies_others=DUTY_FILLED.notifies_others,
    )
