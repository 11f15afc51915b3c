"""Turns a machine's report into a draft of an alert."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pingshan_values.polygon import Areas
from pingshan_values.position import Position

from pingshan_alerts.domain.alert import Draft
from pingshan_alerts.domain.errors import DetectionInvalid, OutsideDistrict
from pingshan_alerts.domain.kind import Kind
from pingshan_alerts.domain.reference import Reference

MAX_AHEAD = timedelta(hours=1)


def from_video(reference: Reference, payload: Any, now: datetime) -> Draft:
    """Returns the draft for a report of a camera's analyser. Raises DetectionInvalid, OutsideDistrict."""
    reference.video.check(payload)
    check_time(payload["observed_at"], now)
    camera = reference.cameras.get(payload["camera_id"])
    if camera is None:
        raise DetectionInvalid(zh="camera_id：没有这个摄像机", en="camera_id: no such camera")
    position, street = place(reference.streets, payload["position"])
    label = ("camera_id", camera.camera_id)
    return draft(reference.kinds[payload["kind"]], "video", camera.name, label, street, position)


def from_pole(reference: Reference, payload: Any, now: datetime) -> Draft:
    """Returns the draft for a light pole's report. Raises DetectionInvalid, OutsideDistrict."""
    reference.pole.check(payload)
    check_time(payload["observed_at"], now)
    position, street = place(reference.streets, payload["position"])
    kind, pole = reference.kinds[payload["kind"]], payload["pole_id"]
    return draft(kind, "pole", pole, ("pole_id", pole), street, position, measured(payload))


def draft(
    kind: Kind, source: str, place: str, label: tuple[str, str], street: str, position: Position, detail: str = ""
) -> Draft:
    """Returns a draft of this kind at a named place.

    `label` identifies the sender: one live alert per kind and sender.
    """
    return Draft(
        kind=kind.code,
        source=source,
        title_zh=f"{place} {kind.name.zh}{detail}",
        title_en=f"{place}: {kind.name.en}{detail}",
        level=kind.level,
        owners=kind.owners,
        street=street,
        position=position,
        labels=dict([label]),
        notifies_street=kind.notifies_street,
    )


def place(areas: Areas, position: Mapping[str, float]) -> tuple[Position, str]:
    """Returns the position and the code of its street. Raises OutsideDistrict where it lies in none."""
    found = Position(position["lon"], position["lat"])
    street = areas.containing(found)
    if street is None:
        raise OutsideDistrict
    return found, street


def check_time(observed_at: str, now: datetime) -> None:
    """Raises DetectionInvalid unless the time exists and lies at most an hour ahead of `now`, as clocks may differ."""
    try:
        at = datetime.fromisoformat(observed_at.upper())
    except ValueError as error:
        raise DetectionInvalid(zh="observed_at：不是有效的时间", en="observed_at: not a time that exists") from error
    if at > now + MAX_AHEAD:
        raise DetectionInvalid(zh="observed_at：超前 1 小时以上", en="observed_at: more than 1 hour ahead")


def measured(payload: Mapping[str, Any]) -> str:
    """Returns a space and the measured value with its unit, for example " 42.5 mm/h"; empty without a value."""
    return f" {payload['value']:g} {payload.get('unit', '')}".rstrip() if "value" in payload else ""
