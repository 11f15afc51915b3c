"""Rules of who is notified of an alert, on which channels, and by when they acknowledge (`level_audience.json`).

The table names the least who are notified; rules may add to it, never take away.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pingshan_values.errors import Violation
from pingshan_values.level import Level

from pingshan_alerts.domain.errors import RequestInvalid

DUTY_OFFICER = "duty-officer"
HALL_LEADER = "hall-leader"
HALL = "hall"

_LEADER_GROUP = "hall_leader"
_OTHERS = frozenset({"neighbours", "all_streets"})
"""Groups of `level_audience.json` that an alert may leave out."""


class Channel(StrEnum):
    """Names the ways to reach an organisation."""

    WALL = "wall"
    APP = "app"
    SMS = "sms"
    VOICE = "voice"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Rule:
    """Describes one line of a level: a group, its channels and its deadline."""

    who: str
    """`owner`, `street`, `hall`, `hall_leader`, `neighbours` or `all_streets`."""
    channels: tuple[Channel, ...]
    within_minutes: int | None
    """None where the group is notified for information and need not acknowledge."""
    escalate_to: str | None


@dataclass(frozen=True, slots=True)
class Audience:
    """Holds the whole of `level_audience.json`."""

    rules: Mapping[Level, tuple[Rule, ...]]
    neighbours: Mapping[str, tuple[str, ...]]
    streets: tuple[str, ...]

    @property
    def organisations(self) -> frozenset[str]:
        """Returns the codes of all organisations that may own an alert."""
        return frozenset(self.neighbours) | frozenset(self.streets) | {HALL}

    def check_organisation(self, code: str) -> None:
        """Raises RequestInvalid for a code that is no organisation's."""
        if code not in self.organisations:
            raise RequestInvalid([Violation("organisation", "没有这个单位", "there is no such organisation")])


@dataclass(frozen=True, slots=True)
class Step:
    """Describes a group to notify: its organisations, and by when one of them should acknowledge."""

    who: str
    organisations: tuple[str, ...]
    channels: tuple[Channel, ...]
    within_minutes: int | None = None
    escalate_to: str | None = None
    post: str = field(default=DUTY_OFFICER)


@dataclass(frozen=True, slots=True)
class Target:
    """Identifies one delivery of an alert: there is at most one per organisation, post and channel."""

    organisation: str
    post: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Awaited:
    """Describes a group that was notified, and by when one of its organisations should acknowledge."""

    who: str
    organisations: tuple[str, ...]
    post: str
    within_minutes: int | None
    acknowledge_by: datetime | None
    """None where the group is notified for information only."""
    escalate_to: str | None
    escalated_at: datetime | None

    @property
    def escalates_at(self) -> datetime | None:
        """Returns the time of the escalation, or None where there is no next step or it was notified already."""
        return self.acknowledge_by if self.escalate_to and not self.escalated_at else None

    def is_missed(self, acknowledged: Collection[str], now: datetime) -> bool:
        """Returns True if the escalation is due and no organisation of the group is among `acknowledged`."""
        if self.escalates_at is None or self.escalates_at > now:
            return False
        return not set(acknowledged) & set(self.organisations)


def route(
    audience: Audience,
    level: Level,
    owners: Iterable[str],
    street: str,
    *,
    notifies_street: bool,
    notifies_others: bool = True,
) -> list[Step]:
    """Returns the groups to notify, in the order of the table, without groups that have no organisation.

    Where the alert does not notify others, neighbours of the owners and all streets are left out.
    """
    groups = _groups(
        audience, tuple(owners), street, notifies_street=notifies_street or level in (Level.RED, Level.ORANGE)
    )
    left_out = frozenset[str]() if notifies_others else _OTHERS
    steps = [
        Step(rule.who, groups[rule.who], rule.channels, rule.within_minutes, rule.escalate_to)
        for rule in audience.rules[level]
        if rule.who not in left_out
    ]
    return [step for step in steps if step.organisations]


def next_step(audience: Audience, level: Level, missed: Step) -> Step | None:
    """Returns the group to notify when nobody of `missed` acknowledged in time, or None where the chain ends.

    Adds SMS to the channels, since a screen alone was not enough. From the hall it goes on only where the level has a
    line for the hall that says so.
    """
    if missed.escalate_to is None:
        return None
    hall = next((rule for rule in audience.rules[level] if rule.who == missed.escalate_to), None)
    return Step(
        who=missed.escalate_to,
        organisations=(HALL,),
        channels=tuple(dict.fromkeys((*missed.channels, Channel.SMS))),
        within_minutes=(hall.within_minutes if hall else None) or missed.within_minutes,
        escalate_to=hall.escalate_to if hall else None,
        post=HALL_LEADER if missed.escalate_to == _LEADER_GROUP else DUTY_OFFICER,
    )


def targets(steps: Iterable[Step]) -> list[Target]:
    """Returns the deliveries of the steps, each once, however many groups name it."""
    found = [
        Target(organisation, step.post, channel)
        for step in steps
        for organisation in step.organisations
        for channel in step.channels
    ]
    return list(dict.fromkeys(found))


def organisations_of(steps: Iterable[Step]) -> list[str]:
    return list(dict.fromkeys(organisation for step in steps for organisation in step.organisations))


def deadline_of(groups: Iterable[Awaited], organisation: str, post: str) -> datetime | None:
    """Returns the earliest time by which the post should acknowledge, or None where it need not."""
    mine = (group for group in groups if organisation in group.organisations and post == group.post)
    return min((group.acknowledge_by for group in mine if group.acknowledge_by), default=None)


def _groups(
    audience: Audience, owners: tuple[str, ...], street: str, *, notifies_street: bool
) -> dict[str, tuple[str, ...]]:
    beside = dict.fromkeys(code for owner in owners for code in audience.neighbours.get(owner, ()))
    return {
        "owner": owners,
        "street": (street,) if street and notifies_street else (),
        "hall": (HALL,),
        "neighbours": tuple(code for code in beside if code not in owners),
        "all_streets": audience.streets,
    }
