"""Issues the tokens of a grant, for every way to redeem one."""

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from pingshan_kit import clock, telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN, ID_TOKEN
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.consents.consent import require_in_force
from pingshan_identity.domain.oauth.claims import ACCESS_TOKEN_LIFE, Subject, access_token_claims, id_token_claims
from pingshan_identity.domain.oauth.grant import Grant
from pingshan_identity.domain.oauth.readable_claims import readable
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.consents import consents
from pingshan_identity.store.oauth import code_flow, refresh_tokens
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
    refresh_token: str | None = field(default=None, repr=False)
    """The one that the client has and keeps; None for a new one, where grant and client allow one."""


async def issue_tokens(
    tx: AsyncConnection, deps: Dependencies, *, client: Client, grant: Grant, wanted: Wanted
) -> dict[str, Any]:
    """Returns the token response, with a refresh token where grant and client allow one, in the caller's transaction.

    Raises:
        OAuthError: `invalid_grant`, the grant or the session has ended, or the person may not open the system any more.
    """
    session, own = await holder_of(tx, deps, client=client, grant=grant)
    there: Subject | None = own
    if grant.may_refresh(client) and wanted.refresh_token is None:
        new = NewRefreshToken(session)
        wanted = replace(wanted, refresh_token=new.token)
        await refresh_tokens.add(
            tx,
            token_hash=new.token_hash,
            grant_id=grant.grant_id,
            client_id=client.client_id,
            now=clock.now(),
            expires_at=new.expires_at,
        )
    if wanted.audience != client.client_id:
        there = await persons.subject(tx, deps.personal, session.person_id, wanted.audience, clock.today())
    return token_response(deps, client=client, grant=grant, wanted=wanted, holder=(session, own), there=there)


class NewRefreshToken:
    """Is a refresh token that nobody has yet. It expires with the session, so that a sign-out ends everything."""

    def __init__(self, session: Session) -> None:
        self.token = secrets.token_urlsafe(32)
        self.token_hash = sha256(self.token.encode()).digest()
        self.expires_at = session.ends_at


async def seen_at(deps: Dependencies, session: Session, audience: str) -> Subject | None:
    """Returns the session's person as a service sees them; None where they have left."""
    async with deps.database.read() as tx:
        return await persons.subject(tx, deps.personal, session.person_id, audience, clock.today())


def token_response(
    deps: Dependencies,
    *,
    client: Client,
    grant: Grant,
    wanted: Wanted,
    holder: tuple[Session, Subject],
    there: Subject | None,
) -> dict[str, Any]:
    """Returns the token response (RFC 6749 section 5.1) for a session that was proven, with the refresh token that is
    `wanted`.

    `there`: the person as the audience sees them; None where they have left meanwhile.

    Raises:
        OAuthError: `invalid_grant`, the person has left.
    """
    (session, own), now = holder, clock.now()
    if there is None:
        raise OAuthError("invalid_grant", "the person has left")
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
        subject=there,
        readable=readable(client, grant, "userinfo", wanted.scope) if client.third_party else None,
    )
    answer: dict[str, Any] = {
        "access_token": deps.signer.sign(bound_to(access, wanted.jkt), ACCESS_TOKEN),
        "token_type": "Bearer" if wanted.jkt is None else "DPoP",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
        "scope": wanted.scope,
    }
    if grant.is_openid:
        answer["id_token"] = _id_token(deps, client, grant, session, own, wanted.nonce, now)
    if wanted.refresh_token is not None and grant.may_refresh(client):
        answer["refresh_token"] = wanted.refresh_token
    return answer


async def holder_of(
    tx: AsyncConnection, deps: Dependencies, *, client: Client, grant: Grant
) -> tuple[Session, Subject]:
    """Returns the session and person behind a grant as `Holder.proven` does. Raises OAuthError as that does."""
    session = await sessions.existing(tx, deps.personal, grant.session_id)
    found = await code_flow.holder(tx, deps.personal, session, client.client_id, clock.today())
    await _require_consent(tx, client, session.person_id)
    return found.proven(client, grant, clock.now())


async def check_consent(deps: Dependencies, client: Client, session: Session) -> None:
    """Refuses a third party whose consent was withdrawn, also while its code was being written; reads nothing for a
    system of the government.

    Raises:
        OAuthError: `invalid_grant`.
    """
    if client.third_party:
        async with deps.database.read() as tx:
            await _require_consent(tx, client, session.person_id)


async def _require_consent(tx: AsyncConnection, client: Client, person_id: str) -> None:
    given = await consents.given(tx, person_id, client.client_id) if client.third_party else None
    require_in_force(client, given)


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
        readable=readable(client, grant, "id_token", grant.scope),
    )
    return deps.signer.sign(claims, ID_TOKEN, client.id_token_alg)


def sealed(personal: PersonalData, answer: dict[str, Any], token_hash: bytes) -> bytes:
    """Returns a response encrypted, as it is kept for the grace of the refresh token that it answers."""
    text = json.dumps(answer)
    return personal.encrypt(text, table="refresh_token", column="answer_encrypted", row=token_hash.hex())


def unsealed(personal: PersonalData, blob: bytes, token_hash: bytes) -> dict[str, Any]:
    """Returns the response that `sealed` encrypted."""
    text = personal.decrypt(blob, table="refresh_token", column="answer_encrypted", row=token_hash.hex())
    return dict(json.loads(text))
