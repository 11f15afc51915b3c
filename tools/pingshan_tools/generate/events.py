"""JSON Schema of every event: what consumers of another version rely on."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pingshan_events
from pingshan_events.base import Event

from pingshan_tools.generate.files import Files

FOLDER = Path("tests/contract/snapshots/events")


def models() -> Iterator[type[Event]]:
    for module in pkgutil.iter_modules(pingshan_events.__path__, "pingshan_events."):
        importlib.import_module(module.name)
    yield from sorted(Event.__subclasses__(), key=lambda model: model.subject)


def files() -> Files:
    return {FOLDER / f"{model.subject}.json": _schema(model) for model in models()}


def _schema(model: type[Event]) -> str:
    return json.dumps(model.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
