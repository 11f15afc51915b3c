"""Claims: which ones a scope lets a client read (OpenID Connect Core section 5.4), and those of our tokens (section 2,
RFC 9068).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pingshan_identity.domain.people.person import Person
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session

ACCESS_TOKEN_LIFE = timedelta(minutes=10)
ID_TOKEN_LIFE = timedelta(minutes=10)
CLAIMS = {
    "profile": (
        *("name", "preferred_username", "locale", "zoneinfo", "updated_at"),
        *("realm", "org", "posts", "roles", "act_for"),
    ),
    "phone": ("phone_number", "phone_number_verified"),
}
"""Claims about a person that each scope lets a client read; the other scopes let it read none."""
IN_ID_TOKEN = frozenset({"profile"})
"""Scopes of which an ID token shows claims; clients keep one for long, so the telephone number must be asked for by
name.
"""
ZONE = "Asia/Shanghai"
"""Time zone of everybody who has an account here (`zoneinfo`)."""
_NOT_FOR_THIRD_PARTIES = frozenset({"act_for"})
"""Claims that third parties never read: they hold numbers of companies and of other people."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Is a person as one audience sees them."""

    person: Person
    roles: tuple[str, ...]
    act_for: tuple[str, ...] = field(repr=False)
    mobile_number: str = field(default="", repr=False)
    """Number in E.164; empty where none is known."""
    updated_at: datetime | None = None
    """When the account was last changed; None where nobody asked."""

    @property
    def mobile_is_proven(self) -> bool:
        """Returns whether the person has shown that the number is theirs: people of the public come in by it or by an
        upstream that proved it, that of staff is what an administrator wrote.
        """
        return bool(self.mobile_number) and self.person.realm is Realm.PUBLIC


def claims_of(scopes: Iterable[str], *, third_party: bool = False) -> frozenset[str]:
    """Returns the names of the claims that these scopes let a client read; a third party never reads `act_for`."""
    named = frozenset(claim for scope in scopes for claim in CLAIMS.get(scope, ()))
    return named - _NOT_FOR_THIRD_PARTIES if third_party else named


def scopes_of(claims: Collection[str]) -> frozenset[str]:
    """Returns the scopes to which any of the claims belongs; people are asked about scopes, not about claims."""
    return frozenset(scope for scope, names in CLAIMS.items() if not set(names).isdisjoint(claims))


def audience_claims(subject: Subject) -> dict[str, Any]:
    """Returns the claims on which audiences decide: `realm`, `posts`, `roles`, `act_for`, and `org` if there is one."""
    person = subject.person
    claims: dict[str, Any] = {
        "realm": person.realm.value,
        "posts": list(person.posts),
        "roles": list(subject.roles),
        "act_for": list(subject.act_for),
    }
    return claims if person.organisation is None else claims | {"org": person.organisation}


def person_claims(subject: Subject, readable: frozenset[str]) -> dict[str, Any]:
    """Returns the claims about the person that the client may read and that are known."""
    person = subject.person
    claims = audience_claims(subject) | {
        "name": person.name,
        "locale": person.language,
        "preferred_username": person.login_name,
        "zoneinfo": ZONE,
        "updated_at": None if subject.updated_at is None else int(subject.updated_at.timestamp()),
        "phone_number": subject.mobile_number or None,
        "phone_number_verified": subject.mobile_is_proven if subject.mobile_number else None,
    }
    return {name: value for name, value in claims.items() if name in readable and value is not None}


def access_token_claims(
    *,
    issuer: str,
    client_id: str,
    audience: str,
    token_id: str,
    grant_id: str,
    scope: str,
    now: datetime,
    sub: str,
    session: Session,
    subject: Subject,
    readable: frozenset[str] | None = None,
) -> dict[str, Any]:
    """Returns the claims of a person's access token for one audience (RFC 9068 section 2.2 and the platform's own).

    `sub`: the name by which the audience knows the person.
    `readable`: names of the claims about the person that a third party may read of its own token, which it can open as
    well as anybody; None for an audience of ours.
    """
    told = audience_claims(subject)
    return (
        {name: told[name] for name in told if readable is None or name in readable}
        | _session_claims(session)
        | {
            "iss": issuer,
            "sub": sub,
            "aud": audience,
            "client_id": client_id,
            "scope": scope,
            "jti": token_id,
            "grant": grant_id,
        }
        | _times(now, ACCESS_TOKEN_LIFE)
    )


def client_token_claims(
    *,
    issuer: str,
    client_id: str,
    organisation: str,
    audience: str,
    token_id: str,
    roles: tuple[str, ...],
    now: datetime,
) -> dict[str, Any]:
    """Returns the claims of a token that an agency's system gets for itself (RFC 6749 section 4.4): its `sub` is the
    client.
    """
    return {
        "iss": issuer,
        "sub": client_id,
        "aud": audience,
        "client_id": client_id,
        "org": organisation,
        "roles": list(roles),
        "jti": token_id,
    } | _times(now, ACCESS_TOKEN_LIFE)


def id_token_claims(
    *,
    issuer: str,
    client_id: str,
    nonce: str | None,
    now: datetime,
    sub: str,
    session: Session,
    subject: Subject,
    readable: frozenset[str],
) -> dict[str, Any]:
    """Returns the claims of an ID token; `nonce` only where one was sent.

    `sub`: the name by which the client knows the person.
    `readable`: names of the claims that the grant lets the client read; roles are those at the client.
    """
    claims = (
        person_claims(subject, readable)
        | _session_claims(session)
        | {"iss": issuer, "sub": sub, "aud": client_id, "azp": client_id}
        | _times(now, ID_TOKEN_LIFE)
    )
    return claims if nonce is None else claims | {"nonce": nonce}


def _session_claims(session: Session) -> dict[str, Any]:
    return {
        "sid": session.session_id,
        "auth_time": int(session.auth_time.timestamp()),
        "acr": str(session.acr),
        "amr": list(session.amr),
    }


def _times(now: datetime, life: timedelta) -> dict[str, int]:
    issued = int(now.timestamp())
    return {"iat": issued, "exp": issued + int(life.total_seconds())}
