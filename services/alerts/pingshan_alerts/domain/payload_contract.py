"""Contracts of what detectors send: JSON Schemas of `detections.json` (draft 2020-12)."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
from pingshan_values.text import is_storable

from pingshan_alerts.domain.errors import DetectionInvalid


class PayloadContract:
    """Checks payloads against one schema, compiled once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self._validator = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)

    def check(self, payload: object) -> None:
        """Raises DetectionInvalid, naming the first field that breaks the contract and the rule, never the value."""
        if not is_storable(payload):
            raise DetectionInvalid(zh="文字中有不能保存的字符", en="a text has characters that cannot be kept")
        error = next(self._validator.iter_errors(payload), None)
        if error is not None:
            place = ".".join(map(str, error.instance_path)) or "-"
            rule = "/".join(map(str, error.schema_path))
            raise DetectionInvalid(
                zh=f"字段 {place} 不符合约定（{rule}）", en=f"field {place} breaks the contract ({rule})"
            )
