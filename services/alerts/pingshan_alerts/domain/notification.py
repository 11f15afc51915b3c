"""SMS to one person, from an approved template."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from re import Pattern
from re import compile as pattern
from uuid import UUID

from pingshan_values.budget import Budget
from pingshan_values.errors import Violation
from pingshan_values.mobile import to_e164
from pingshan_values.text import LANGUAGES, is_line, one_line

from pingshan_alerts.domain.errors import (
    MobileNumberInvalid,
    RequestInvalid,
    TemplateNotOfCaller,
    TemplateUnknown,
    TemplateVariablesInvalid,
    TooManyMessages,
)
from pingshan_alerts.domain.web_address import has_web_address, without_web_addresses

MAX_VALUE = 100
MOST_UNANSWERED = 2
"""Attempts without an answer, each of which the carrier may have taken: a second one follows a crash or a broken
connection. One that it certainly did not take, as with a 503, is not counted."""
UNSENT_KEPT = timedelta(hours=24)
"""Age at which an unsent text is erased: it is of no use any more, and holds personal data."""

OVER_BUDGET = "OVER_BUDGET"
"""Failure code of an SMS of our own that was not sent, because its number or organisation has had its share."""

_E164 = pattern(r"\+[1-9][0-9]{7,14}")
_BRACKETS = str.maketrans("【】〖〗︻︼︗︘", "〔〕" * 4)
"""What carriers and people take for a signature, in each form, and what stands for it inside a text."""
_PLACE = pattern(r"\{([a-z_]+)\}")


class NotificationState(StrEnum):
    """Says how far an SMS got. `failed` comes with a failure code, mostly the carrier's."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


NOT_FINAL = (NotificationState.QUEUED, NotificationState.SENT)
"""States that a receipt still changes; in the others a later one changes nothing."""


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
class OwnBudgets:
    """Says how many of our own SMS from one template go out."""

    per_number: Budget
    per_organisation: Budget
    """For all people on duty there together, or for all who may act for one holder."""


@dataclass(frozen=True, slots=True)
class Template:
    """Holds a text that the carrier approved, and the signature that precedes it in full-width brackets."""

    template_id: str
    signature: str
    texts: Mapping[str, str]
    """Texts by language."""
    callers: frozenset[str]
    """Services that may send it."""
    variables: Mapping[str, Pattern[str]]
    """What a value of each variable looks like."""
    per_number: Budget | None = None
    """How many one number gets of one caller; None where only this service sends it."""
    per_caller: Budget | None = None
    """How many one caller sends; None where only this service sends it."""
    own: OwnBudgets | None = None
    """What this service sends itself; None where it sends none."""
    own_red: OwnBudgets | None = None
    """The same for red alerts, from which lesser ones take nothing; None where there is no such difference."""

    def check(self, caller: str, variables: Mapping[str, str]) -> None:
        """Raises TemplateNotOfCaller unless the service may send it, and TemplateVariablesInvalid unless exactly its
        variables are given, each of its type, of 1 to 100 characters of one line, without the brackets of a signature
        and without a web address.
        """
        if caller not in self.callers:
            raise TemplateNotOfCaller(template_id=self.template_id, caller=caller)
        wrong = set(variables) ^ set(self.variables)
        wrong |= {name for name, value in variables.items() if name not in wrong and not self._fits(name, value)}
        if wrong:
            raise TemplateVariablesInvalid(template_id=self.template_id, variables=", ".join(sorted(wrong)))

    def _fits(self, name: str, value: str) -> bool:
        """Returns whether nothing in the value could begin a second signature or lead somewhere else."""
        plain = is_line(value, MAX_VALUE) and value == value.translate(_BRACKETS) and not has_web_address(value)
        return plain and self.variables[name].fullmatch(value) is not None

    def render(self, variables: Mapping[str, str], language: str) -> str:
        """Returns the whole SMS, signature first, in Chinese where the language is unknown.

        Raises KeyError without a variable.
        """
        text = self.texts.get(language, self.texts["zh-Hans"])
        return f"【{self.signature}】" + _PLACE.sub(lambda place: variables[place[1]], text)


@dataclass(frozen=True, slots=True)
class Spending:
    """Names a budget from which an SMS is taken."""

    key: str
    budget: Budget
    template_id: str
    caller: str

    def refuse(self, blocked_until: datetime, now: datetime) -> TooManyMessages:
        """Returns the refusal of one more: how many there may be, in how many minutes, and the seconds to wait."""
        return TooManyMessages(
            template_id=self.template_id,
            caller=self.caller,
            most=self.budget.most,
            minutes=int(self.budget.within.total_seconds() // 60),
            seconds=max(1, ceil((blocked_until - now).total_seconds())),
        )


def spendings(template: Template, altogether: Budget, caller: str, number: str) -> list[Spending]:
    """Returns the budgets that one SMS of another service is taken from, the narrowest first."""
    name = f"{caller} {template.template_id}"
    budgets = ((f"{name} {number}", template.per_number), (name, template.per_caller), ("", altogether))
    return [Spending(key, budget, template.template_id, caller) for key, budget in budgets if budget]


def own_spendings(template: Template, number: str, organisation: str, *, red: bool = False) -> list[Spending]:
    """Returns the budgets that one SMS of our own is taken from; `organisation` may be a holder too."""
    name, budgets = f"alerts {template.template_id}", template.own
    if red and template.own_red:
        name, budgets = f"{name} red", template.own_red
    if budgets is None:
        return []
    taken = ((f"{name} of {organisation}", budgets.per_organisation), (f"{name} {number}", budgets.per_number))
    return [Spending(key, budget, template.template_id, "alerts") for key, budget in taken]


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
    return attempts + 1 if attempts < MOST_UNANSWERED else None


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


def as_variable(text: str, limit: int = MAX_VALUE) -> str:
    """Returns the text as a value that `Template.check` takes, however it was stored.

    One line, with 〔〕 for the brackets of a signature and an ellipsis for each web address, cut to `limit` characters
    with an ellipsis as the last one where it is longer.
    """
    value = without_web_addresses(one_line(text).translate(_BRACKETS))
    return value if len(value) <= limit else value[: limit - 1] + "…"
