"""Words by which pages show items, consents and uses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pingshan_values.masked import mask_code
from pingshan_values.text import Text

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.sharing.consent import Consent, ConsentState
from pingshan_e_license.domain.sharing.item import Predicate, PredicateType, SharingItem
from pingshan_e_license.domain.sharing.statistics import Figures
from pingshan_e_license.domain.sharing.use import ReceiptedUse
from pingshan_e_license.entrypoints.views import attribute_label, type_name

_FIELD_LESS = {PredicateType.VALID_ON, PredicateType.EXPIRES_AFTER, PredicateType.SAME_HOUSEHOLD}


@dataclass(frozen=True)
class Spoken:
    """Shows an item's types, fields and predicates; texts that depend on the language take it."""

    item: SharingItem
    types: Mapping[str, LicenseType]

    def name(self, language: str) -> str:
        return self.item.name_en if language == "en" else self.item.name_zh

    def type_names(self, codes: Iterable[str], language: str) -> str:
        return _joined((type_name(self.types[code], language) for code in codes if code in self.types), language)

    def field_names(self, names: Iterable[str], language: str) -> str:
        return _joined((self.field_name(name, language) for name in names), language)

    def field_name(self, name: str, language: str) -> str:
        """Returns the label of the first type that has the field; the item's types all have it."""
        attributes = (each for code in self.item.license_types for each in self.types[code].attributes)
        found = next((each for each in attributes if each.name == name), None)
        return name if found is None else attribute_label(found, language)

    def predicates(self, names: Iterable[str]) -> list[Predicate]:
        return [self.item.predicates[name] for name in names if name in self.item.predicates]

    def subject(self, predicate: Predicate, language: str) -> str:
        """Returns what the predicate looks at: the type, with the attribute where it is one."""
        of_type = type_name(self.types[predicate.license_type], language)
        if predicate.type in _FIELD_LESS:
            return of_type
        separator = ": " if language == "en" else "："
        return of_type + separator + self.field_name(predicate.field, language)

    def values(self, predicate: Predicate) -> str:
        """Returns the values that the expression itself names."""
        operand = predicate.operands[0]
        return "、".join(operand) if isinstance(operand, list) else str(operand)


@dataclass(frozen=True)
class ConsentRow:
    consent: Consent
    spoken: Spoken
    requester: Text
    state: str
    """One of open, usable, used_up, expired, refused, withdrawn."""


@dataclass(frozen=True)
class UseRow:
    known: ReceiptedUse
    spoken: Spoken | None
    """None for a verification, which has no item."""
    types: Mapping[str, LicenseType]
    requester: Text | None
    """None for somebody who acts for the holder."""

    @property
    def holder(self) -> str:
        """Returns the holder's masked code: uses are numbered for each holder, and a person may act for several."""
        return mask_code(self.known.use.holder_code)

    def type_names(self, language: str) -> str:
        return _joined((type_name(each, language) for each in self.types.values()), language)

    def field_names(self, language: str) -> str:
        """Returns the labels of what was shown, by the types that were asked."""
        labels = {
            each.name: attribute_label(each, language)
            for one in reversed(list(self.types.values()))
            for each in one.attributes
        }
        return _joined((labels.get(name, name) for name in self.known.use.fields), language)


@dataclass(frozen=True)
class Bar:
    """Is one row of a chart: figures, and their shares of the largest row in percent."""

    name: Text
    figures: Figures
    answered: float
    refused: float
    over_asked: float


def consent_state(consent: Consent, today: date) -> str:
    """Returns what the holder is told that the consent is today."""
    match consent.state:
        case ConsentState.REFUSED | ConsentState.WITHDRAWN:
            return consent.state.value
        case ConsentState.REQUESTED:
            return "open" if consent.is_open(today) else "expired"
        case ConsentState.GRANTED:
            if consent.uses_left < 1:
                return "used_up"
            return "usable" if consent.is_usable(today) else "expired"


def bars(found: Iterable[Figures], names: Mapping[str, Text]) -> list[Bar]:
    rows = list(found)
    largest = max((each.requests for each in rows), default=1) or 1
    return [
        Bar(
            names.get(each.of, Text(each.of, each.of)),
            each,
            round(100 * each.answered / largest, 2),
            round(100 * each.refused / largest, 2),
            round(100 * each.over_asked / largest, 2),
        )
        for each in rows
    ]


def _joined(texts: Iterable[str], language: str) -> str:
    return (", " if language == "en" else "、").join(texts)
