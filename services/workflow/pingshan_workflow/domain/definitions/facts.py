"""Names and values that expressions may use: the applicant, the form, and how each branch ended."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pingshan_workflow.domain.definitions.definition import Definition, Field, FieldType, ParallelNode
from pingshan_workflow.domain.definitions.expression import ZERO, Type, Value

_TYPES = {
    FieldType.TEXT: Type.TEXT,
    FieldType.NUMBER: Type.NUMBER,
    FieldType.INTEGER: Type.NUMBER,
    FieldType.BOOLEAN: Type.BOOLEAN,
    FieldType.CHOICE: Type.TEXT,
    FieldType.CHOICES: Type.TEXTS,
}

Form = Mapping[str, Any]
"""JSON values by field name: text, number (as text, exact), boolean, list of text; empty answers are left out."""


def form_names(fields: tuple[Field, ...]) -> dict[str, Type]:
    return {f"form.{field.name}": _TYPES[field.type] for field in fields}


def names(definition: Definition) -> dict[str, Type]:
    """Returns every name that an expression of this definition may use, with its type."""
    branches = (
        branch.name for node in definition.nodes.values() if isinstance(node, ParallelNode) for branch in node.branches
    )
    return {
        "applicant.name": Type.TEXT,
        "applicant.code": Type.TEXT,
        **form_names(definition.form),
        **{f"outcome.{branch}": Type.TEXT for branch in branches},
    }


def form_values(fields: tuple[Field, ...], form: Form) -> dict[str, Value]:
    return {f"form.{field.name}": _value(_TYPES[field.type], form.get(field.name)) for field in fields}


def _value(wanted: Type, answer: Any) -> Value:
    if answer is None:
        return ZERO[wanted]
    if wanted is Type.NUMBER:
        return Decimal(str(answer))
    if wanted is Type.TEXTS:
        return tuple(str(item) for item in answer)
    return bool(answer) if wanted is Type.BOOLEAN else str(answer)


def as_json(value: Value) -> Any:
    """Returns the value for an attribute of a licence: whole numbers as integers, other ones as floats."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return [as_json(item) for item in value] if isinstance(value, tuple) else value
