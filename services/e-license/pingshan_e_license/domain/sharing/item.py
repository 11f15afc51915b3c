"""Sharing items (GB/T 36906): what one organisation may ask of licences for one purpose, as fields and predicates."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

_CALL = re.compile(r"(\w+)\((.*)\)")
_COMPARISON = re.compile(r"(\w+) (==|in) (.+)")
_ARGUMENT = re.compile(r':\w+|"[^"]*"|\d+|\w+')


class BasisKind(StrEnum):
    """Says on what ground data is shared."""

    DUTY = "duty"
    """By a duty that a law gives the requester (依职能)."""
    CONSENT = "consent"
    """By the consent of the holder (依授权)."""


class PredicateType(StrEnum):
    VALID_ON = "valid_on"
    EXPIRES_AFTER = "expires_after"
    EQUALS = "equals"
    ONE_OF = "one_of"
    SCOPE_CONTAINS = "scope_contains"
    AGE_OVER = "age_over"
    PLACE_WITHIN = "place_within"
    SAME_HOUSEHOLD = "same_household"


@dataclass(frozen=True, slots=True)
class Given:
    """Stands in an expression for a value that the caller gives."""

    name: str


Operand = Given | str | int | list[str]


@dataclass(frozen=True)
class Predicate:
    """A question about a holder's licences that is answered by true or false only."""

    definition: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def type(self) -> PredicateType:
        return PredicateType(self.definition["type"])

    @property
    def license_type(self) -> str:
        return str(self.definition["licence_type"])

    @property
    def parameters(self) -> Mapping[str, str | list[str]]:
        """Returns `date`, `string`, or the list of the only values allowed, by the parameter's name."""
        found: Mapping[str, str | list[str]] = self.definition["parameters"]
        return found

    @property
    def expression(self) -> str:
        return str(self.definition["expression"])

    @cached_property
    def _parts(self) -> tuple[str, tuple[Operand, ...]]:
        return _parsed(self.expression)

    @property
    def field(self) -> str:
        """Returns the attribute that is looked at; empty where only the period is."""
        return self._parts[0]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Returns what the attribute or the period is held against, in the order of the expression."""
        return self._parts[1]


@dataclass(frozen=True)
class SharingItem:
    """Reads one item from its definition."""

    definition: Mapping[str, Any]

    @property
    def code(self) -> str:
        return str(self.definition["code"])

    @property
    def name_zh(self) -> str:
        return str(self.definition["name_zh"])

    @property
    def name_en(self) -> str:
        return str(self.definition["name_en"])

    @property
    def requester(self) -> str:
        """Returns the code of the only organisation that may ask."""
        return str(self.definition["requester"])

    @property
    def legal_basis(self) -> str:
        """Returns law and article; `internal_rule` where the district must put the rule in writing."""
        return str(self.definition["legal_basis"])

    @property
    def basis_kind(self) -> BasisKind:
        return BasisKind(self.definition["basis_kind"])

    @property
    def license_types(self) -> tuple[str, ...]:
        return tuple(self.definition["licence_types"])

    @property
    def fields(self) -> tuple[str, ...]:
        """Returns the attributes that may be revealed; each exists in every type of the item."""
        return tuple(self.definition["fields"])

    @cached_property
    def predicates(self) -> Mapping[str, Predicate]:
        return {each["name"]: Predicate(each) for each in self.definition["predicates"]}

    @property
    def daily_quota(self) -> int:
        """Returns the most answers of a day (Asia/Shanghai)."""
        return int(self.definition["daily_quota"])

    @property
    def per_holder_limit(self) -> int:
        """Returns the most answers about one holder of a day (Asia/Shanghai)."""
        return int(self.definition["per_holder_limit"])

    @property
    def retention_days(self) -> int:
        """Returns for how many days the requester may keep an answer."""
        return int(self.definition["retention_days"])

    @property
    def sensitivity(self) -> int:
        """Returns the highest of its types, from 1 (public) to 4 (sensitive)."""
        return int(self.definition["sensitivity"])

    @property
    def needs_consent(self) -> bool:
        return self.basis_kind is BasisKind.CONSENT


def _parsed(expression: str) -> tuple[str, tuple[Operand, ...]]:
    """Returns attribute and operands of `level in ["一级"]`, `name == :x` or `age_over(birth_date, 60, :day)`.

    Raises ValueError for any other form.
    """
    compared = _COMPARISON.fullmatch(expression)
    if compared:
        return compared[1], (_operand(compared[3]),)
    call = _CALL.fullmatch(expression)
    if call is None:
        raise ValueError(expression)
    arguments = _ARGUMENT.findall(call[2])
    has_field = arguments[0][0].isalpha()
    return (arguments[0] if has_field else ""), tuple(_operand(each) for each in arguments[has_field:])


def _operand(text: str) -> Operand:
    if text.startswith(":"):
        return Given(text[1:])
    value: str | int | list[str] = json.loads(text)
    return value
