"""SMS to one person, from an approved template."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from re import compile as pattern
from uuid import UUID

from pingshan_values.errors import Violation
from pingshan_values.mobile import to_e164
from pingshan_values.text import LANGUAGES, is_storable

from pingshan_alerts.domain.errors import (
    MobileNumberInvalid,
    RequestInvalid,
    TemplateUnknown,
    TemplateVariablesInvalid,
)

MAX_VALUE = 100
MOST_ATTEMPTS = 2
"""Attempts that the carrier may have taken: a second one follows a crash or a broken connection."""
UNSENT_KEPT = timedelta(hours=24)
"""Age at which an unsent text is erased: it is of no use any more, and holds personal data."""

_E164 = pattern(r"\+[1-9][0-9]{7,14}")
_PLACE = pattern(r"\{([a-z_]+)\}")


class NotificationState(StrEnum):
    """Says how far an SMS got. `failed` comes with a failure code, mostly the carrier's."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Holds what the carrier needs to send one SMS."""

    notification_id: UUID
    template_id: str
    language: str
    mobile_number: str = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    delivery_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Says how far an SMS got, without its text."""

    notification_id: UUID
    caller: str
    template_id: str
    state: NotificationState
    failure_code: str
    delivery_id: UUID | None
    created_at: datetime
    mobile_number: str = field(default="", repr=False)
    """The number in E.164 form where the query asked for it, to be masked; else empty."""


@dataclass(frozen=True, slots=True)
class Template:
    """Holds a text that the carrier approved, and the signature that precedes it in full-width brackets."""

    template_id: str
    signature: str
    texts: Mapping[str, str]
    """Texts by language."""

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(_PLACE.findall(self.texts["zh-Hans"]))

    def check(self, variables: Mapping[str, str]) -> None:
        """Raises TemplateVariablesInvalid unless exactly its variables are given, each of 1 to 100 characters."""
        wrong = set(variables) ^ self.variables
        wrong |= {name for name, value in variables.items() if not _fits(value)}
        if wrong:
            raise TemplateVariablesInvalid(template_id=self.template_id, variables=", ".join(sorted(wrong)))

    def render(self, variables: Mapping[str, str], language: str) -> str:
        """Returns the whole SMS, signature first, in Chinese where the language is unknown.

        Raises KeyError without a variable.
        """
        text = self.texts.get(language, self.texts["zh-Hans"])
        return f"【{self.signature}】" + _PLACE.sub(lambda place: variables[place[1]], text)


def _fits(value: str) -> bool:
    """Returns True for 1 to 100 storable characters without control characters, which could change the display."""
    return (
        1 <= len(value) <= MAX_VALUE and is_storable(value) and not any(sign < " " or sign == "\x7f" for sign in value)
    )


def check_language(language: str) -> None:
    """Raises RequestInvalid for a language in which no template is written."""
    if language not in LANGUAGES:
        raise RequestInvalid([Violation("language", "应为 zh-Hans 或 en", "must be zh-Hans or en")])


def next_attempt(state: NotificationState, attempts: int) -> int | None:
    """Returns the number of the next attempt, from 1, or None where none is left.

    Counts from 1 again after `failed`: then an operator wants another try.
    """
    if state is NotificationState.FAILED:
        return 1
    return attempts + 1 if attempts < MOST_ATTEMPTS else None


def best(states: Iterable[NotificationState]) -> NotificationState:
    """Returns the best of the states of SMS to several persons of one organisation; `failed` where there is none."""
    order = (NotificationState.DELIVERED, NotificationState.SENT, NotificationState.QUEUED)
    found = set(states)
    return next((state for state in order if state in found), NotificationState.FAILED)


def approved(templates: Mapping[str, Template], template_id: str) -> Template:
    """Returns the template with this id. Raises TemplateUnknown where there is none."""
    template = templates.get(template_id)
    if template is None:
        raise TemplateUnknown(template_id=template_id[:100])
    return template


def carrier_number(text: str) -> str:
    """Returns the number in E.164 form (ITU-T E.164), adding +86 to a mainland mobile number without a country code.

    Raises MobileNumberInvalid for any other form. Whether a number can be reached is up to the carrier.
    """
    number = to_e164(text) or text
    if not (_E164.fullmatch(number) and number.isascii()):
        raise MobileNumberInvalid
    return number


def shortened(text: str, limit: int = MAX_VALUE) -> str:
    """Returns the text, cut to `limit` characters with an ellipsis as the last one where it is longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
