"""From a machine's report to what an alert says."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pingshan_values.polygon import Areas
from pingshan_values.position import Position

from pingshan_alerts.domain.alert import Draft
from pingshan_alerts.domain.errors import DetectionInvalid, OutsideDistrict
from pingshan_alerts.domain.kind import Kind

MAX_AHEAD = timedelta(hours=1)


def draft(
    kind: Kind, source: str, place: str, label: tuple[str, str], street: str, position: Position, detail: str = ""
) -> Draft:
    """An alert of this kind at a named place; `label` identifies the sender, one alert per kind and sender."""
    return Draft(
        kind=kind.code,
        source=source,
        title_zh=f"{place} {kind.zh}{detail}",
        title_en=f"{place}: {kind.en}{detail}",
        level=kind.level,
        owners=kind.owners,
        street=street,
        position=position,
        labels=dict([label]),
        tells_street=kind.tells_street,
    )


def place(areas: Areas, position: Mapping[str, float]) -> tuple[Position, str]:
    """The position and its street. Raises OutsideDistrict."""
    found = Position(position["lon"], position["lat"])
    street = areas.containing(found)
    if street is None:
        raise OutsideDistrict
    return found, street


def check_time(observed_at: str, now: datetime) -> None:
    """Raise DetectionInvalid for a date that does not exist or lies more than an hour ahead: clocks may be off."""
    try:
        at = datetime.fromisoformat(observed_at.upper())
    except ValueError as error:
        raise DetectionInvalid(zh="observed_at：不是有效的时间", en="observed_at: not a time that exists") from error
    if at > now + MAX_AHEAD:
        raise DetectionInvalid(zh="observed_at：超前 1 小时以上", en="observed_at: more than 1 hour ahead")


def measured(payload: Mapping[str, Any]) -> str:
    """The measured value with its unit, for example " 42.5 mm/h"; empty where none was sent."""
    return f" {payload['value']:g} {payload.get('unit', '')}".rstrip() if "value" in payload else ""
