"""Assurance levels: the authentication methods (RFC 8176) and the level that they reach together.

Level 1: one factor, or a second one that is no cryptography (an SMS code can be diverted). Level 2: a password and a
code of an authenticator, or any passkey. Level 3: a passkey whose authenticator proved by attestation that it is a
model which the deployment accepts as hardware. (`data/systems.json`, GB/T 22239-2019 clause 8.1.4.1; NIST SP 800-63B
section 4 names the same steps AAL.)
"""

from collections.abc import Iterable
from enum import StrEnum

from pingshan_identity.domain.realm import Realm

STAFF_LEVEL = 2
"""Level that staff must reach by default, also for identity's own pages; a system may ask for less or for more."""
HIGHEST = 3


class Method(StrEnum):
    """Lists the values of the claim `amr`."""

    PASSWORD = "pwd"  # noqa: S105 - the registered value
    OTP = "otp"
    """A code of an authenticator (RFC 6238), or a recovery code in its place."""
    SMS = "sms"
    SYNCED_PASSKEY = "swk"
    BOUND_PASSKEY = "pop"
    """A key that says that it stays in its device, without a proof of what keeps it there (RFC 7800 section 4)."""
    HARDWARE_PASSKEY = "hwk"
    FEDERATED = "fed"
    """An upstream vouched for the person; not a value of RFC 8176's first list, but common among providers."""


PASSKEYS = frozenset({Method.SYNCED_PASSKEY, Method.BOUND_PASSKEY, Method.HARDWARE_PASSKEY})
SECOND_ONLY = frozenset({Method.OTP, Method.SMS})
"""Methods that a step-up adds to an older proof; alone they are no sign-in of staff."""


def is_code_by_sms(methods: Iterable[str]) -> bool:
    """Returns whether the methods are a code by SMS and nothing else."""
    return set(methods) == {Method.SMS}


def joined(before: Iterable[str], further: Iterable[str]) -> tuple[str, ...]:
    """Returns the methods of both, each once, in the order in which they were proven."""
    return tuple(dict.fromkeys((*before, *further)))


def level_of(methods: Iterable[str]) -> int:
    """Returns the assurance level of the methods together, 1 to 3; 0 for none."""
    proven = frozenset(methods)
    if Method.HARDWARE_PASSKEY in proven:
        return 3
    if proven & PASSKEYS:
        return 2
    if Method.OTP in proven and proven & {Method.PASSWORD, Method.FEDERATED}:
        return 2
    return 1 if proven else 0


def level_needed(realm: Realm, *, system: int | None, asked: int | None) -> int:
    """Returns the assurance level, 1 to 3, that a sign-in must reach; always 1 for the public.

    `system`: what its owner requires, None for identity's own pages. `asked`: what the request asks for, None for
    nothing. The public's real-name level is checked apart.
    """
    if realm is Realm.PUBLIC:
        return 1
    return min(HIGHEST, max(STAFF_LEVEL if system is None else system, asked or 1))


def level_with_password(realm: Realm, needed: int, *, known_to_another: bool) -> int:
    """Returns the assurance level, 1 to 3, that a sign-in with a password must reach where others need `needed`.

    A password of staff that somebody else knows, an administrator who gave it or a thief, opens nothing alone, and is
    replaced by nobody who has only it.
    """
    return max(needed, STAFF_LEVEL) if known_to_another and realm is Realm.STAFF else needed
