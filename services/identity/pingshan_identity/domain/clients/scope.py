"""Scopes, and the claims about a person that each one lets a client read (OpenID Connect Core section 5.4)."""

from collections.abc import Collection, Iterable

SCOPES = ("openid", "profile", "phone", "offline_access")
CLAIMS = {
    "profile": ("name", "preferred_username", "locale", "realm", "org", "posts", "roles", "act_for"),
    "phone": ("phone_number",),
}
IN_ID_TOKEN = frozenset({"profile"})
"""Scopes of which an ID token shows claims; clients keep one for long, so the telephone number must be asked for by
name.
"""
_NOT_FOR_THIRD_PARTIES = frozenset({"act_for"})
"""Claims that third parties never read: they hold numbers of companies and of other people."""


def granted(asked: Collection[str], registered: Collection[str]) -> str:
    """Returns the scopes that were asked for and are registered, as one text; ignores unknown ones (Core 3.1.2.1)."""
    return " ".join(scope for scope in SCOPES if scope in asked and scope in registered)


def claims_of(scopes: Iterable[str], *, third_party: bool = False) -> frozenset[str]:
    """Returns the names of the claims that these scopes let a client read; a third party never reads `act_for`."""
    named = frozenset(claim for scope in scopes for claim in CLAIMS.get(scope, ()))
    return named - _NOT_FOR_THIRD_PARTIES if third_party else named


def scopes_of(claims: Collection[str]) -> frozenset[str]:
    """Returns the scopes to which any of the claims belongs; people are asked about scopes, not about claims."""
    return frozenset(scope for scope, names in CLAIMS.items() if not set(names).isdisjoint(claims))
