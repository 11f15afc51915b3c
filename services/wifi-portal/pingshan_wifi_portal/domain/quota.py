"""Plans, the day's volume of a person, and the policy that follows from both."""

from dataclasses import dataclass

PLAN_OF_VISITORS = "visitor"
"""Plan of `seed/plans.json` that everybody gets who signs in by SMS."""


@dataclass(frozen=True, slots=True)
class Plan:
    plan_id: str
    daily_octets: int
    rate_kbps: int
    slowed_kbps: int
    """Rate once the day's volume is used up, in kbit/s: the person is slowed down, not cut off."""
    warn_percent: int
    session_seconds: int
    idle_seconds: int
    interim_seconds: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Holds all that a controller enforces for one session.

    It is always sent whole, as some controllers take an omitted limit for none.
    """

    version: int
    rate_kbps: int
    session_seconds: int
    """Seconds left of the session, at least 1."""
    idle_seconds: int
    interim_seconds: int


def rate(plan: Plan, used_octets: int) -> int:
    """Returns the rate that applies, in kbit/s."""
    return plan.slowed_kbps if exhausted(plan, used_octets) else plan.rate_kbps


def exhausted(plan: Plan, used_octets: int) -> bool:
    return used_octets >= plan.daily_octets


def near_end(plan: Plan, used_octets: int) -> bool:
    """Returns True from the plan's warning mark until the volume is used up."""
    return not exhausted(plan, used_octets) and used_octets * 100 >= plan.daily_octets * plan.warn_percent


def remaining(plan: Plan, used_octets: int) -> int:
    return max(0, plan.daily_octets - used_octets)
