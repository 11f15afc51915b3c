"""Writes the file that configures the controllers: their addresses, secrets, and one access point per hotspot."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def make(
    controllers: Sequence[Mapping[str, Any]],
    hotspots: Sequence[Mapping[str, Any]],
    access_points: Sequence[Mapping[str, Any]],
    secrets: Mapping[str, str],
) -> dict[str, Any]:
    names = {hotspot["id"]: hotspot["name"] for hotspot in hotspots}
    called = {point["hotspot"]: point["called_station_id"] for point in reversed(access_points)}
    return {
        nas["id"]: {
            "vendor": nas["vendor"],
            "nas_identifier": nas["nas_identifier"],
            "address": nas["address"],
            "octets_swapped": nas["radius"]["octets_swapped"],
            "coa": nas["radius"]["coa"],
            "secret": secrets[nas["id"]],
            "hotspots": {
                hotspot: {"name": names[hotspot], "called_station_id": called[hotspot]} for hotspot in nas["hotspots"]
            },
        }
        for nas in controllers
    }


def write(path: Path, configuration: Mapping[str, Any]) -> None:
    """Replaces the file atomically, readable by its owner only; leaves it alone where nothing differs."""
    text = json.dumps(configuration, ensure_ascii=False, indent=1)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
