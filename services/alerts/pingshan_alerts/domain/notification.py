"""An SMS to one person, from an approved template."""

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
"""Attempts that the carrier may have taken: the second follows a kill or a broken connection in between."""
UNSENT_KEPT = timedelta(hours=24)
"""A text that was not sent by then is of no use, and holds personal data."""

_E164 = pattern(r"\+[1-9][0-9]{7,14}")
_PLACE = pattern(r"\{([a-z_]+)\}")


class NotificationState(StrEnum):
    """`failed` is final and carries the carrier's code."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A notification with what the carrier needs."""

    notification_id: UUID
    template_id: str
    language: str
    mobile_number: str = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    delivery_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A notification as others may see it."""

    notification_id: UUID
    caller: str
    template_id: str
    state: NotificationState
    failure_code: str
    delivery_id: UUID | None
    created_at: datetime
    mobile_number: str = field(default="", repr=False)
    """Only where it was asked for, to be masked."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text that the carrier has approved, with its signature in full-width brackets."""

    template_id: str
    signature: str
    texts: Mapping[str, str]
    """By language."""

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
        """Returns the whole SMS: signature first, as carriers demand."""
        text = self.texts.get(language, self.texts["zh-Hans"])
        return f"【{self.signature}】" + _PLACE.sub(lambda place: variables[place[1]], text)


def _fits(value: str) -> bool:
    """One line: a control character could change what the phone shows."""
    return (
        1 <= len(value) <= MAX_VALUE and is_storable(value) and not any(sign < " " or sign == "\x7f" for sign in value)
    )


def check_language(language: str) -> None:
    """Raises RequestInvalid for a language in which no template is written."""
    if language not in LANGUAGES:
        raise RequestInvalid([Violation("language", "应为 zh-Hans 或 en", "must be zh-Hans or en")])


def next_attempt(state: NotificationState, attempts: int) -> int | None:
    """Returns the number of the attempt that may be made now, or None where it was tried often enough.

    A failed one begins to count anew: an operator wants it tried again.
    """
    if state is NotificationState.FAILED:
        return 1
    return attempts + 1 if attempts < MOST_ATTEMPTS else None


def best(states: Iterable[NotificationState]) -> NotificationState:
    """Returns how far a message to several persons of one organisation got: one who has it is enough."""
    order = (NotificationState.DELIVERED, NotificationState.SENT, NotificationState.QUEUED)
    found = set(states)
    return next((state for state in order if state in found), NotificationState.FAILED)


def approved(templates: Mapping[str, Template], template_id: str) -> Template:
    """Returns the template. Raises TemplateUnknown for an id that is not on the list."""
    template = templates.get(template_id)
    if template is None:
        raise TemplateUnknown(template_id=template_id[:100])
    return template


def carrier_number(text: str) -> str:
    """Returns the number in E.164 form (ITU-T E.164); a mainland mobile number may leave the country code out.

    Raises MobileNumberInvalid. Which numbers can be reached is the carrier's to say.
    """
    number = to_e164(text) or text
    if not (_E164.fullmatch(number) and number.isascii()):
        raise MobileNumberInvalid
    return number


def shortened(text: str, limit: int = MAX_VALUE) -> str:
    """Returns text that fits a variable; an ellipsis shows that something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
