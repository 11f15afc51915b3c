"""Kinds, cameras, audience, streets and templates, which the service knows from its seed files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from re import compile as compile_pattern
from typing import Any

from pingshan_values.budget import Budget
from pingshan_values.level import Level
from pingshan_values.polygon import Areas
from pingshan_values.text import LANGUAGES, Text

from pingshan_alerts.domain.kind import CONTROLLER_STOPPED, DUTY_FILLED, Kind
from pingshan_alerts.domain.notification import OwnBudgets, Template
from pingshan_alerts.domain.payload_contract import PayloadContract
from pingshan_alerts.domain.routing import Audience, Channel, Rule


@dataclass(frozen=True, slots=True)
class Camera:
    """Describes a camera of `cameras.json`."""

    camera_id: str
    name: str
    street: str
    owner: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Holds what the seed files say; it is built once per process and never changed."""

    kinds: Mapping[str, Kind]
    cameras: Mapping[str, Camera]
    audience: Audience
    streets: Areas
    outlines: Mapping[str, list[list[float]]]
    """Outer ring of each street by its code, as pairs of longitude and latitude."""
    templates: Mapping[str, Template]
    messages: Budget
    """How many SMS all other services together may send."""
    video: PayloadContract
    pole: PayloadContract


def kinds(detections: Mapping[str, Any]) -> dict[str, Kind]:
    """Returns the kinds of `detections.json` and the service's own, by code."""
    entries = [*detections["video"], *detections["pole"]]
    own = {kind.code: kind for kind in (CONTROLLER_STOPPED, DUTY_FILLED)}
    return {entry["code"]: _kind(entry) for entry in entries} | own


def audience(table: Mapping[str, Any], streets: tuple[str, ...]) -> Audience:
    """Returns the rules of `level_audience.json`."""
    return Audience(
        rules={Level(level["code"]): tuple(map(_rule, level["audience"])) for level in table["levels"]},
        neighbours={code: tuple(codes) for code, codes in table["neighbours"].items()},
        streets=streets,
    )


def templates(table: Mapping[str, Any]) -> dict[str, Template]:
    """Returns the templates of `sms_templates.json` by id."""
    types = {name: compile_pattern(text) for name, text in table["types"].items()}
    return {
        entry["id"]: Template(
            template_id=entry["id"],
            signature=table["signature"],
            texts={key: entry[key] for key in LANGUAGES},
            callers=frozenset(entry["callers"]),
            variables={name: types[kind] for name, kind in entry["variables"].items()},
            per_number=budget(entry["per_number"]) if "per_number" in entry else None,
            per_caller=budget(entry["per_caller"]) if "per_caller" in entry else None,
            own=_own(entry["own"]) if "own" in entry else None,
            own_red=_own(entry["own_red"]) if "own_red" in entry else None,
        )
        for entry in table["templates"]
    }


def budget(entry: Mapping[str, int]) -> Budget:
    return Budget(entry["most"], timedelta(minutes=entry["minutes"]))


def _own(entry: Mapping[str, Mapping[str, int]]) -> OwnBudgets:
    return OwnBudgets(budget(entry["per_number"]), budget(entry["per_organisation"]))


def _kind(entry: Mapping[str, Any]) -> Kind:
    return Kind(
        code=entry["code"],
        name=Text(entry["zh"], entry["en"]),
        level=Level.of_number(entry["level"]),
        cap_category=entry["cap_category"],
        owners=tuple(entry["owner"]),
        notifies_street=entry["street"],
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(
        who=entry["who"],
        channels=tuple(Channel(channel) for channel in entry["channels"]),
        within_minutes=entry["acknowledge_within_minutes"],
        escalate_to=entry["escalate_to"],
    )
