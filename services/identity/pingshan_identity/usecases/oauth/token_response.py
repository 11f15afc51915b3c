"""Issues the tokens of a grant, for every way to redeem one, in the caller's transaction."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from pingshan_kit import clock, telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN, ID_TOKEN
from pingshan_identity.domain.access import may_open
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.claims import ACCESS_TOKEN_LIFE, Subject, access_token_claims, id_token_claims
from pingshan_identity.domain.oauth.grant import Grant
from pingshan_identity.domain.oauth.readable_claims import readable
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.oauth import refresh_tokens
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Wanted:
    """Is what one token request asks of a grant."""

    audience: str
    scope: str
    """Scope of the access token, at most that of the grant."""
    nonce: str | None = None
    jkt: str | None = None
    """Thumbprint of the key that the access token is bound to (RFC 9449); None for no binding."""


async def issue_tokens(
    tx: AsyncConnection, deps: Dependencies, *, client: Client, grant: Grant, wanted: Wanted
) -> dict[str, Any]:
    """Returns the token response (RFC 6749 section 5.1), with a refresh token where grant and client allow one.

    A refresh token expires with the session, so that a sign-out ends everything.

    Raises:
        OAuthError: `invalid_grant`, the grant or the session has ended, or the person may not open the system any more.
    """
    now = clock.now()
    session = await sessions.get(tx, deps.personal, grant.session_id)
    if session is None or not grant.is_alive(session, now):
        raise OAuthError("invalid_grant", "the grant, or the session behind it, has ended")
    own = await _subject(tx, deps, session, client.client_id)
    if not may_open(own.person, client, has_role=bool(own.roles)):
        raise OAuthError("invalid_grant", "the person may not open this system any more")
    subject = own if wanted.audience == client.client_id else await _subject(tx, deps, session, wanted.audience)
    telemetry.mark(system_id=client.client_id, correlation_id=session.session_id)
    access = access_token_claims(
        issuer=deps.signer.issuer,
        client_id=client.client_id,
        audience=wanted.audience,
        token_id=str(uuid7()),
        grant_id=str(grant.grant_id),
        scope=wanted.scope,
        now=now,
        session=session,
        subject=subject,
    )
    answer: dict[str, Any] = {
        "access_token": deps.signer.sign(bound_to(access, wanted.jkt), ACCESS_TOKEN),
        "token_type": "Bearer" if wanted.jkt is None else "DPoP",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
        "id_token": _id_token(deps, client, grant, session, own, wanted.nonce, now),
        "scope": wanted.scope,
    }
    if grant.may_refresh(client):
        answer["refresh_token"] = await _refresh_token(tx, client, grant, session, now)
    return answer


def bound_to(claims: dict[str, Any], jkt: str | None) -> dict[str, Any]:
    """Returns the claims with the key that the token is bound to (RFC 9449 section 6.1); unchanged for None."""
    return claims if jkt is None else claims | {"cnf": {"jkt": jkt}}


def _id_token(
    deps: Dependencies,
    client: Client,
    grant: Grant,
    session: Session,
    subject: Subject,
    nonce: str | None,
    now: datetime,
) -> str:
    claims = id_token_claims(
        issuer=deps.signer.issuer,
        client_id=client.client_id,
        nonce=nonce,
        now=now,
        session=session,
        subject=subject,
        readable=readable(client, grant, "id_token"),
    )
    return deps.signer.sign(claims, ID_TOKEN, client.id_token_alg)


async def _subject(tx: AsyncConnection, deps: Dependencies, session: Session, audience: str) -> Subject:
    subject = await persons.subject(tx, deps.personal, session.person_id, audience, clock.today())
    if subject is None:
        raise OAuthError("invalid_grant", "the person has left")
    return subject


async def _refresh_token(tx: AsyncConnection, client: Client, grant: Grant, session: Session, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    await refresh_tokens.add(
        tx,
        token_hash=sha256(token.encode()).digest(),
        grant_id=grant.grant_id,
        client_id=client.client_id,
        now=now,
        expires_at=session.ends_at,
    )
    return token


def sealed(personal: PersonalData, answer: dict[str, Any], token_hash: bytes) -> bytes:
    """Returns a response encrypted, as it is kept for the replay window of the refresh token that it answers."""
    text = json.dumps(answer)
    return personal.encrypt(text, table="refresh_token", column="answer_encrypted", row=token_hash.hex())


def unsealed(personal: PersonalData, blob: bytes, token_hash: bytes) -> dict[str, Any]:
    """Returns the response that `sealed` encrypted."""
    text = personal.decrypt(blob, table="refresh_token", column="answer_encrypted", row=token_hash.hex())
    return dict(json.loads(text))
