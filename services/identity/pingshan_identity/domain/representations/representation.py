"""Representations: a company's legal representative, an agent whom they appoint, a parent for a child."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import (
    AgentNotFound,
    MobileNotValid,
    NotLegalRepresentative,
    RepresentationEndNotValid,
    RepresentationNotFound,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.login import normalise
from pingshan_identity.domain.sign_in.upstream import REAL_NAME_LEVEL, Known

LONGEST = timedelta(days=3 * 365)
"""Longest appointment of an agent; afterwards the legal representative appoints again."""
_ADULT = 18


class RepresentationKind(StrEnum):
    LEGAL_REPRESENTATIVE = "legal-representative"
    AGENT = "agent"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class Representation:
    representation_id: str
    person_id: str
    """Id of who acts."""
    holder_code: str = field(repr=False)
    """Credit code of the company, or person number of the child."""
    holder_name: str = field(repr=False)
    kind: RepresentationKind
    scope: tuple[str, ...]
    """Codes of the systems where the power counts; empty for all."""
    since: date
    until: date | None
    """Last day; None until further notice."""
    ended: bool

    def is_current(self, today: date) -> bool:
        return not self.ended and self.since <= today and (self.until is None or today <= self.until)

    def covers(self, system: str) -> bool:
        return not self.scope or system in self.scope

    def may_appoint(self, today: date) -> bool:
        """Returns whether its person is a legal representative today, and so appoints agents for the company."""
        return self.kind is RepresentationKind.LEGAL_REPRESENTATIVE and self.is_current(today)

    def check_may_appoint(self, actor: Actor, today: date) -> None:
        """Raises NotLegalRepresentative where the representation is another's, or gives no power to appoint today."""
        if self.person_id != actor.person_id or not self.may_appoint(today):
            raise NotLegalRepresentative

    def check_may_end(self, actor: Actor, own: Collection["Representation"], today: date) -> None:
        """Refuses to end an appointment for anyone but the agent and who heads the company today.

        `own`: representations of the actor.

        Raises:
            RepresentationNotFound: it is no current appointment of an agent, or not the actor's to end.
        """
        if self.kind is not RepresentationKind.AGENT or not self.is_current(today):
            raise RepresentationNotFound
        heads = any(each.holder_code == self.holder_code and each.may_appoint(today) for each in own)
        if self.person_id != actor.person_id and not heads:
            raise RepresentationNotFound


def goes_on(over: Representation, own: Collection[Representation], today: date) -> bool:
    """Returns whether one of `own` gives today all that the representation gave which is over."""
    return any(
        each.is_current(today)
        and each.holder_code == over.holder_code
        and (not each.scope or (bool(over.scope) and set(over.scope) <= set(each.scope)))
        for each in own
    )


def agents_number(typed: str) -> str:
    """Returns the mobile number in E.164. Raises MobileNotValid for other text."""
    number = normalise(Realm.PUBLIC, typed)
    if number is None:
        raise MobileNotValid
    return number


def check_agent(actor: Actor, known: Known, *, named: str) -> None:
    """Refuses an agent who was found by a telephone number: numbers are mistyped, and handed on.

    `named`: the agent's name as the actor typed it.

    Raises:
        AgentNotFound: their name is not proven (real-name level 2) or is another one, or the agent is the actor.
    """
    typed = _plain(named)
    proven = known.real_name_level >= REAL_NAME_LEVEL and bool(typed) and _plain(known.name) == typed
    if not proven or known.person_id == actor.person_id:
        raise AgentNotFound


def _plain(name: str) -> str:
    """Returns a name without what keyboards write differently: widths, gaps, capitals, dots between parts."""
    letters = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in letters if unicodedata.category(letter)[0] not in "ZPC")


def check_end(until: date | None, today: date) -> date:
    """Returns the last day. Raises RepresentationEndNotValid for None, a day before today, or more than 3 × 365 days
    away.
    """
    if until is None or not today <= until <= today + LONGEST:
        raise RepresentationEndNotValid(first=today.isoformat(), last=(today + LONGEST).isoformat())
    return until


def last_day_of_childhood(person_number: str) -> date:
    """Returns the day before the 18th birthday (Civil Code article 17), from a valid person number."""
    year, month, day = int(person_number[6:10]), int(person_number[10:12]), int(person_number[12:14])
    try:
        birthday = date(year + _ADULT, month, day)
    except ValueError:  # born on 29 February
        birthday = date(year + _ADULT, 3, 1)
    return birthday - timedelta(days=1)


def tidy_scope(chosen: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Returns the known codes among the chosen, sorted, each once; empty, which means no limit, for all or none of
    them.
    """
    kept = tuple(sorted(set(chosen) & set(known)))
    return () if len(kept) == len(set(known)) else kept
