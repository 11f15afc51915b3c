"""Contracts of what detectors send: JSON Schemas of `detections.json` (draft 2020-12)."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
from pingshan_values.text import ONE_LINE, is_line, shown, strings

from pingshan_alerts.domain.errors import DetectionInvalid


class PayloadContract:
    """Checks payloads against one schema, compiled once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self._validator = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)

    def check(self, payload: object) -> None:
        """Raises DetectionInvalid, naming the first field that breaks the contract and the rule, never the value."""
        fields = payload.items() if isinstance(payload, Mapping) else [("-", payload)]
        for name, value in fields:  # before the schema, whose validator takes no lone surrogate
            if not all(is_line(text, len(text)) for text in strings([name, value]) if text):
                raise DetectionInvalid(
                    zh=f"字段 {shown(name)} 应为{ONE_LINE.zh}", en=f"field {shown(name)} must be {ONE_LINE.en}"
                )
        error = next(self._validator.iter_errors(payload), None)
        if error is not None:
            place = ".".join(map(str, error.instance_path)) or "-"
            rule = "/".join(map(str, error.schema_path))
            raise DetectionInvalid(
                zh=f"字段 {place} 不符合约定（{rule}）", en=f"field {place} breaks the contract ({rule})"
            )
