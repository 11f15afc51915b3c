"""Joining, moving and leaving: from which day a change counts, and who is signed out for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from pingshan_identity.domain.errors import NoLeavingPlanned, NoMovePlanned, PersonNotFound
from pingshan_identity.domain.people.powers import Holding
from pingshan_identity.domain.people.staff_form import StaffForm


@dataclass(frozen=True, slots=True)
class Place:
    organisation: str
    section_id: UUID | None


@dataclass(frozen=True, slots=True)
class Placement:
    """Is where a member of staff belongs, with the one move that may be planned."""

    first: Place
    moves_on: date | None
    """Day from which `later` counts, as posts count from their first day; None where no move is planned."""
    later: Place | None

    def on(self, day: date) -> Place:
        """Returns the place on that day; `store/people/placements.py` in SQL."""
        return self.later if self.later and self.moves_on and self.moves_on <= day else self.first

    @property
    def changes_organisation(self) -> bool:
        """Returns whether the move that is planned leads to another organisation."""
        return self.later is not None and self.later.organisation != self.first.organisation

    def planned_after(self, today: date) -> date | None:
        """Returns the day of a move that lies ahead; None where there is none."""
        return self.moves_on if self.moves_on and self.moves_on > today else None

    def settled(self, today: date) -> "Placement":
        """Returns the placement without a move whose day has come."""
        return self if self.planned_after(today) else Placement(self.on(today), None, None)

    def taken_back(self, today: date) -> "Placement":
        """Returns the placement without the move that lies ahead; raises NoMovePlanned where there is none."""
        if self.planned_after(today) is None:
            raise NoMovePlanned
        return Placement(self.first, None, None)

    def moved(self, to: Place, since: date, today: date) -> "Placement":
        """Returns the placement after a move, which takes the place of one that lies ahead."""
        return Placement(self.on(today), since, to) if since > today else Placement(to, None, None)


@dataclass(frozen=True, slots=True)
class Move:
    """Is what a change of organisation, section or posts does."""

    posts: frozenset[Holding]
    """Posts that the person holds by their own right afterwards, without those in `powers`."""
    ended: frozenset[str]
    given: tuple[str, ...]
    last_day: date
    """Last day of the posts that end."""
    signs_out: bool
    """Whether the person's sessions end, since they would go on with roles that the person loses today."""


def plan_move(
    form: StaffForm,
    *,
    own: Iterable[Holding],
    powers: Collection[str],
    organisation: str,
    planned: date | None,
    today: date,
) -> Move:
    """Returns what a move changes: from `since` on the posts of the form are held, and no others but those in `powers`.

    What ends does so on the day before `since`, what begins does so on it, and what is held then goes on until its own
    end, or as the form says where that was before today. A move takes the place of one that lies ahead: posts that this
    one would have begun do not begin, and those that it would have ended end as the form says.

    `own`: posts that the person holds by their own right. `organisation`: the one of today. `planned`: day of a move
    that lies ahead.
    """
    last_day = day_before(form.since)
    held = [each for each in own if each.post not in powers and (planned is None or each.since != planned)]
    cut = {each for each in held if planned is not None and each.until == day_before(planned)}
    going_on = {each.post for each in held if each.since <= form.since and (each in cut or each.is_held_on(form.since))}
    after: set[Holding] = set()
    for each in held:
        if each not in cut and not each.lasts(form.since):
            after.add(each)
        elif each.post in form.posts and each.post in going_on:
            over = each.until is not None and each.until < today
            after.add(replace(each, until=form.until) if each in cut or over else each)
        elif each.since <= last_day:
            after.add(replace(each, until=last_day))
    given = tuple(post for post in form.posts if post not in going_on)
    lost = any(each.is_held_on(today) and each.post not in form.posts for each in held)
    return Move(
        posts=frozenset(after.union(Holding(post, form.since, form.until) for post in given)),
        ended=frozenset(each.post for each in held if each.lasts(form.since) and each.post not in form.posts),
        given=given,
        last_day=last_day,
        signs_out=(lost or form.organisation != organisation) and form.since <= today,
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


def outlives_a_post(begun: Iterable[date], over: date) -> bool:
    """Returns whether any session began before the day `over`, on which a post no longer counts.

    `begun`: days on which live sessions began.
    """
    return any(each < over for each in begun)
