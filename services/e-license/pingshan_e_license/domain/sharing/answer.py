"""What is asked within a sharing item, and the answer that the holder's licences give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pingshan_e_license.domain.license import License, Standing, State
from pingshan_e_license.domain.sharing.division import lies_within
from pingshan_e_license.domain.sharing.item import Given, Predicate, PredicateType

MOST_LICENSES = 100
"""Licences of which one answer reveals fields, the newest first; predicates look at all."""


@dataclass(frozen=True, slots=True)
class Question:
    """Asks one predicate, with the values that its parameters get."""

    predicate: str
    parameters: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """Holds what a request asks for: the fields and predicates, of all types of the item where it names none."""

    fields: tuple[str, ...]
    questions: tuple[Question, ...]
    license_types: tuple[str, ...] = ()

    @property
    def predicates(self) -> tuple[str, ...]:
        return tuple(each.predicate for each in self.questions)


@dataclass(frozen=True, slots=True)
class SharedLicense:
    """Holds the asked fields of one licence, and nothing else of it."""

    type: str
    fields: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    licenses: tuple[SharedLicense, ...] = field(repr=False)
    """Empty where the holder has no valid licence of the types, is not known, or no field was asked."""
    predicates: Mapping[str, bool] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldLicenses:
    """Holds what is known of a holder and, for predicates about two people, of others by their codes."""

    own: Sequence[License] = field(repr=False)
    of_others: Mapping[str, Sequence[License]] = field(repr=False, default_factory=dict)


def answer_of(
    asked: Asked, license_types: Sequence[str], predicates: Mapping[str, Predicate], held: HeldLicenses, today: date
) -> Answer:
    """Returns exactly the asked fields and predicates; fields come from licences that are valid today only."""
    types = asked.license_types or tuple(license_types)
    valid = [each for each in held.own if each.type in types and each.state_on(today) is State.VALID]
    shared = [SharedLicense(each.type, _fields(each, asked.fields)) for each in valid[:MOST_LICENSES]]
    return Answer(
        tuple(shared) if asked.fields else (),
        {each.predicate: holds(predicates[each.predicate], each.parameters, held, today) for each in asked.questions},
    )


def holds(predicate: Predicate, parameters: Mapping[str, str], held: HeldLicenses, today: date) -> bool:
    """Returns whether the predicate is true for any valid licence of its type.

    `valid_on` asks for another day, so that it looks at every licence with a valid standing; all others look at
    those that are valid today.
    """
    values = [parameters[each.name] if isinstance(each, Given) else each for each in predicate.operands]
    candidates = [each for each in held.own if each.type == predicate.license_type]
    if predicate.type is PredicateType.VALID_ON:
        day = date.fromisoformat(str(values[0]))
        return any(each.standing is Standing.VALID and each.period.contains(day) for each in candidates)
    valid = [each for each in candidates if each.state_on(today) is State.VALID]
    if predicate.type is PredicateType.EXPIRES_AFTER:
        day = date.fromisoformat(str(values[0]))
        return any(each.period.expires_on is None or each.period.expires_on > day for each in valid)
    if predicate.type is PredicateType.SAME_HOUSEHOLD:
        values = [_values_of(held.of_others.get(str(values[0]), ()), predicate, today)]
    test = _TESTS[predicate.type]
    return any(predicate.field in each.attributes and test(each.attributes[predicate.field], values) for each in valid)


def has_reached(birth_date: date, years: int, day: date) -> bool:
    """Returns whether the birthday of that age has come on `day`; who was born on 29 February has it on 1 March."""
    try:
        birthday = birth_date.replace(year=birth_date.year + years)
    except ValueError:
        birthday = date(birth_date.year + years, 3, 1)
    return birthday <= day


def keep_until(use_day: date, retention_days: int) -> date:
    """Returns the last day on which the requester may keep the answer."""
    return date.fromordinal(min(use_day.toordinal() + retention_days, date.max.toordinal()))


def _fields(licence: License, names: Sequence[str]) -> dict[str, Any]:
    return {name: licence.attributes[name] for name in names if name in licence.attributes}


def _values_of(licences: Sequence[License], predicate: Predicate, today: date) -> list[Any]:
    """Returns the values of the predicate's attribute in the valid licences of its type."""
    return [
        each.attributes[predicate.field]
        for each in licences
        if each.type == predicate.license_type
        and each.state_on(today) is State.VALID
        and predicate.field in each.attributes
    ]


def _age_over(value: Any, values: Sequence[Any]) -> bool:
    years, day = values
    return has_reached(date.fromisoformat(str(value)), int(years), date.fromisoformat(str(day)))


_TESTS: Mapping[PredicateType, Callable[[Any, Sequence[Any]], bool]] = {
    PredicateType.EQUALS: lambda value, values: bool(value == values[0]),
    PredicateType.ONE_OF: lambda value, values: value in values[0],
    PredicateType.SCOPE_CONTAINS: lambda value, values: isinstance(value, list) and values[0] in value,
    PredicateType.AGE_OVER: _age_over,
    PredicateType.PLACE_WITHIN: lambda value, values: lies_within(str(value), str(values[0])),
    PredicateType.SAME_HOUSEHOLD: lambda value, values: value in values[0],
}
