"""The base class of every refusal that a domain can state, and the fields that a refusal names."""

from collections.abc import Sequence
from typing import NamedTuple

from pingshan_values.text import Text


class DomainError(Exception):
    """A rule refuses the act. The keyword arguments fill the sentences of the service's error table.

    Personal data must not be passed: the arguments reach logs and traces.
    """

    def __init__(self, **params: object) -> None:
        super().__init__(", ".join(f"{name}={value}" for name, value in params.items()))
        self.params = params


class Violation(NamedTuple):
    """Names one field that was refused, with the sentence shown beside it."""

    path: str
    """Field names joined by dots, for example `attributes.premises`."""
    zh: str
    en: str

    @property
    def sentence(self) -> Text:
        return Text(self.zh, self.en)


class Invalid(DomainError):
    """An input breaks rules; it lists every violation. The sentences of the table may name their `count`."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(count=len(violations))
        self.violations = tuple(violations)


def each_once(violations: Sequence[Violation]) -> list[Violation]:
    """Returns the violations with one sentence a field, the first."""
    found: dict[str, Violation] = {}
    for each in violations:
        found.setdefault(each.path, each)
    return list(found.values())
