"""Joining, moving and leaving: from which day a change counts, and who is signed out for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pingshan_identity.domain.errors import NoLeavingPlanned, PersonNotFound
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.domain.people.staff_form import StaffForm


@dataclass(frozen=True, slots=True)
class Move:
    """Is what a change of organisation, section or posts does."""

    ended: frozenset[str]
    given: tuple[str, ...]
    last_day: date
    """Last day of the posts that end."""
    signs_out: bool
    """Whether the person's sessions end, since they would go on with roles that the person loses today."""


def plan_move(
    form: StaffForm, *, own: Iterable[Holding], powers: Collection[str], organisation: str, today: date
) -> Move:
    """Returns what a move changes: posts not in the form end on the day before `since`, posts in `powers` stay.

    `own`: posts that the person holds by their own right. `organisation`: the one until now.
    """
    held = {each.post for each in own if each.lasts(form.since) and each.post not in powers}
    ended = frozenset(held.difference(form.posts))
    loses = bool(ended) or form.organisation != organisation
    return Move(
        ended=ended,
        given=tuple(post for post in form.posts if post not in held),
        last_day=day_before(form.since),
        signs_out=loses and form.since <= today,
    )


def day_before(day: date) -> date:
    """Returns the day before `day`; the first day of the calendar has none before it and is returned itself."""
    return day if day == date.min else day - timedelta(days=1)


def leaves_now(on: date, today: date) -> bool:
    """Returns whether leaving on that day takes effect at once; a day after today is only planned."""
    return on <= today


def check_present(left_at: datetime | None) -> None:
    """Raises PersonNotFound where the person has left."""
    if left_at is not None:
        raise PersonNotFound


def require_planned(leaves_on: date | None) -> date:
    """Returns the day on which the person is to leave; raises NoLeavingPlanned for None."""
    if leaves_on is None:
        raise NoLeavingPlanned
    return leaves_on


def outlives_a_post(begun: Iterable[date], today: date) -> bool:
    """Returns whether any session began before today. `begun`: days on which live sessions began."""
    return any(each < today for each in begun)
