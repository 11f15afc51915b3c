"""Joining, moving and leaving: from which day a change counts, and who is signed out for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pingshan_identity.domain.errors import LoginNameTaken, PersonNotFound
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.domain.people.staff_form import StaffForm


@dataclass(frozen=True, slots=True)
class Move:
    """What a change of organisation, section or posts does."""

    ended: frozenset[str]
    given: tuple[str, ...]
    last_day: date
    """Of the posts that end."""
    signs_out: bool
    """Whether somebody would go on with roles that they lose today."""


def plan_move(
    form: StaffForm, *, own: Iterable[Holding], powers: Collection[str], organisation: str, today: date
) -> Move:
    """Posts that are not in the form end the day before; those with powers end only where they are given up.

    `own`: posts held by their own right; `organisation`: until now.
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
    """Return the last day of a post where something else begins on `day`, or where it is over from `day` on."""
    return day - timedelta(days=1)


def leaves_now(on: date, today: date) -> bool:
    """Return whether leaving on that day takes effect at once; a later day is planned."""
    return on <= today


def check_present(left_at: datetime | None) -> None:
    """Raise PersonNotFound where the person has left."""
    if left_at is not None:
        raise PersonNotFound


def check_free(login_name: str, left_at: datetime | None) -> None:
    """A login name is free again once its holder has left. Raises LoginNameTaken."""
    if left_at is None:
        raise LoginNameTaken(login_name=login_name)


def outlives_a_post(begun: Iterable[date], today: date) -> bool:
    """Return whether a session goes on with a post that ended yesterday. `begun`: days on which live ones began."""
    return any(each < today for each in begun)
