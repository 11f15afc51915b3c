"""What two administrators give of a new way into somebody's account, so that neither of them alone can use it."""

from dataclasses import dataclass

from pingshan_identity.domain.dual_control.change_request import ChangeKind


@dataclass(frozen=True, slots=True)
class NewWaysIn:
    """Is what an approved change makes of the two proofs that a person signs in with.

    A first password is shown to the proposer, an enrolment code to the decider, who are of two kinds. Nobody but the
    person, to whom each of them hands over theirs, ever has both.
    """

    password: bool
    """Whether a first password takes the place of the present one."""
    code: bool
    """Whether the next factor takes a new enrolment code."""
    factors: bool
    """Whether the present factors end. Links to upstreams end with them, and with a password."""


def new_ways_in(kind: ChangeKind, *, has_factor: bool, password_is_own: bool, has_power: bool) -> NewWaysIn:
    """Returns what an approval of the change makes.

    A reset leaves each of the two proofs with the person, or in one hand: a password alone would be the whole account
    of who has no factor, and an enrolment code that of who has the first password of an administrator. Who comes to
    hold power gets both anew, each by another hand: one administrator alone may have added the person, chosen their
    password, set up their factor and linked an upstream; another may have the first password of a reset.

    `has_factor`: whether the person has an authenticator or a passkey. `password_is_own`: whether nobody else is
    known to have their password. `has_power`: whether they hold power today or later.
    """
    match kind:
        case ChangeKind.RESET_PASSWORD:
            return NewWaysIn(password=True, code=not has_factor, factors=False)
        case ChangeKind.RESET_FACTORS:
            return NewWaysIn(password=not password_is_own, code=True, factors=True)
        case ChangeKind.GIVE_POWER:
            return NewWaysIn(password=not has_power, code=not has_power, factors=not has_power)
        case _:
            return NewWaysIn(password=False, code=False, factors=False)
