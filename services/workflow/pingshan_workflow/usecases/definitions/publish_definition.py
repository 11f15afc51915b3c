"""Publishes a version of a process; running cases stay on theirs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
from pingshan_kit import clock

from pingshan_workflow.domain.definitions.definition import canonical, definition_hash, read_definition
from pingshan_workflow.domain.definitions.validation import ensure_valid
from pingshan_workflow.domain.errors import DefinitionInvalid
from pingshan_workflow.store import definitions
from pingshan_workflow.usecases.dependencies import Dependencies

SCHEMA = Path(__file__).parents[2] / "seed" / "definition.schema.json"


@dataclass(frozen=True, slots=True)
class PublishDefinition:
    document: Mapping[str, Any]
    """The definition as it was written, for example in YAML."""


async def publish_definition(deps: Dependencies, command: PublishDefinition) -> str:
    """Returns the hash of the published text; the same text again changes nothing.

    Raises DefinitionInvalid, and IntegrityError where another text has this code and version.
    """
    text = canonical(command.document)
    schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    misshapen = [
        f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in schema.iter_errors(command.document)
    ]
    if misshapen:
        raise DefinitionInvalid(faults=misshapen)
    definition = read_definition(text)
    ensure_valid(definition)
    text_hash = definition_hash(text)
    async with deps.database.begin() as tx:
        await definitions.add(
            tx, code=definition.code, version=definition.version, text=text, text_hash=text_hash, at=clock.now()
        )
    return text_hash
