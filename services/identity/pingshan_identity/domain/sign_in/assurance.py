"""How sure we are of who signed in: authentication methods (RFC 8176) and the levels that they reach.

Level 1: one factor, or a second one that is no cryptography (an SMS code can be diverted). Level 2: a password and a
code of an authenticator, or a passkey that may be copied between devices. Level 3: a passkey that cannot leave its
device. (`data/systems.json`, GB/T 22239-2019 clause 8.1.4.1; NIST SP 800-63B section 4 names the same steps AAL.)
"""

from collections.abc import Iterable
from enum import StrEnum

from pingshan_identity.domain.realm import Realm

STAFF_LEVEL = 2
"""What staff reach by default, identity's own pages included; a system may ask for less or for more."""
HIGHEST = 3


class Method(StrEnum):
    """Values of the claim `amr`."""

    PASSWORD = "pwd"  # noqa: S105 - the registered value
    OTP = "otp"
    """A code of an authenticator (RFC 6238), or a recovery code in its place."""
    SMS = "sms"
    SYNCED_PASSKEY = "swk"
    BOUND_PASSKEY = "hwk"
    FEDERATED = "fed"
    """An upstream that vouches for the person; not in RFC 8176's first list, common among providers."""


def joined(before: Iterable[str], further: Iterable[str]) -> tuple[str, ...]:
    """Return both, each method once, in the order in which they were proven."""
    return tuple(dict.fromkeys((*before, *further)))


def level_of(methods: Iterable[str]) -> int:
    """Return 1 to 3; 0 where nothing was proven."""
    proven = frozenset(methods)
    if Method.BOUND_PASSKEY in proven:
        return 3
    if Method.SYNCED_PASSKEY in proven:
        return 2
    if Method.OTP in proven and proven & {Method.PASSWORD, Method.FEDERATED}:
        return 2
    return 1 if proven else 0


def level_needed(realm: Realm, *, system: int | None, asked: int | None) -> int:
    """Return what a sign-in must reach.

    `system`: what its owner requires, None for identity's own pages. `asked`: by the request.

    The public signs in at level 1: how surely a name is known there is the real-name level's business.
    """
    if realm is Realm.PUBLIC:
        return 1
    return min(HIGHEST, max(STAFF_LEVEL if system is None else system, asked or 1))
