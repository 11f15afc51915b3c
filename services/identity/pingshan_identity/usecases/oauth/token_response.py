"""The tokens of a grant, for every way to redeem one: all in the caller's transaction."""

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

from pingshan_identity.clients.tokens import ACCESS_TOKEN, ID_TOKEN, TokenSigner
from pingshan_identity.domain.access import may_open
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.claims import ACCESS_TOKEN_LIFE, Subject, access_token_claims, id_token_claims
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.oauth import refresh_tokens
from pingshan_identity.store.oauth.grants import Grant
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.oauth.readable_claims import readable


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one token request asks of a grant."""

    audience: str
    scope: str
    """Of the access token; at most that of the grant."""
    nonce: str | None = None
    jkt: str | None = None
    """Thumbprint of the key that the access token is bound to (RFC 9449)."""


async def token_response(
    tx: AsyncConnection, personal: PersonalData, signer: TokenSigner, *, client: Client, grant: Grant, wanted: Wanted
) -> dict[str, Any]:
    """The token response (RFC 6749 section 5.1), with a refresh token where grant and client allow one.

    A refresh token never outlives the session: a sign-out must be able to end everything.

    Raises:
        OAuthError: `invalid_grant`, the grant or the session has ended, or the person may not open the system any more.

    """
    now = clock.now()
    session = await sessions.get(tx, personal, grant.session_id)
    if grant.ended_at is not None or session is None or not session.is_alive(now):
        raise OAuthError("invalid_grant", "the grant, or the session behind it, has ended")
    own = await _subject(tx, personal, session, client.client_id)
    if not may_open(own.person, client, has_role=bool(own.roles)):
        raise OAuthError("invalid_grant", "the person may not open this system any more")
    subject = own if wanted.audience == client.client_id else await _subject(tx, personal, session, wanted.audience)
    telemetry.mark(system_id=client.client_id, correlation_id=session.session_id)
    access = access_token_claims(
        issuer=signer.issuer,
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
        "access_token": signer.sign(bound_to(access, wanted.jkt), ACCESS_TOKEN),
        "token_type": "Bearer" if wanted.jkt is None else "DPoP",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
        "id_token": _id_token(signer, client, grant, session, own, wanted.nonce, now),
        "scope": wanted.scope,
    }
    if "refresh_token" in client.grant_types and "offline_access" in grant.scope.split():
        answer["refresh_token"] = await _refresh_token(tx, client, grant, session, now)
    return answer


def bound_to(claims: dict[str, Any], jkt: str | None) -> dict[str, Any]:
    """The claims of a token that counts only with proofs of a key (RFC 9449 section 6.1)."""
    return claims if jkt is None else claims | {"cnf": {"jkt": jkt}}


def _id_token(
    signer: TokenSigner,
    client: Client,
    grant: Grant,
    session: Session,
    subject: Subject,
    nonce: str | None,
    now: datetime,
) -> str:
    claims = id_token_claims(
        issuer=signer.issuer,
        client_id=client.client_id,
        nonce=nonce,
        now=now,
        session=session,
        subject=subject,
        readable=readable(client, grant, "id_token"),
    )
    return signer.sign(claims, ID_TOKEN, client.id_token_alg)


async def _subject(tx: AsyncConnection, personal: PersonalData, session: Session, audience: str) -> Subject:
    subject = await persons.subject(tx, personal, session.person_id, audience, clock.today())
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
    """A response as it is kept for the replay window of the refresh token that it answers."""
    text = json.dumps(answer)
    return personal.encrypt(text, table="refresh_token", column="answer_encrypted", row=token_hash.hex())


def unsealed(personal: PersonalData, blob: bytes, token_hash: bytes) -> dict[str, Any]:
    text = personal.decrypt(blob, table="refresh_token", column="answer_encrypted", row=token_hash.hex())
    return dict(json.loads(text))
