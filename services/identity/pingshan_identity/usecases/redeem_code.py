"""Exchange an authorization code for tokens, once (RFC 6749 section 4.1.3, RFC 7636 section 4.6)."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from pingshan_kit import clock, telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN, ID_TOKEN, TokenSigner
from pingshan_identity.domain.claims import ACCESS_TOKEN_LIFE, Subject, access_token_claims, id_token_claims
from pingshan_identity.domain.client import Client
from pingshan_identity.domain.grant import GrantEndReason
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.parameters import Parameters
from pingshan_identity.domain.pkce import challenge_of
from pingshan_identity.domain.session import Session
from pingshan_identity.store import grants, persons, sessions
from pingshan_identity.store.grants import Grant, RedeemedCode
from pingshan_identity.usecases.grant_ending import end_grant
from pingshan_identity.usecases.readable_claims import readable


async def redeem_code(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    signer: TokenSigner,
    *,
    client: Client,
    parameters: Parameters,
) -> dict[str, Any]:
    """The token response. A code that comes a second time ends its grant, and with it the tokens.

    Raises:
        OAuthError: `invalid_grant`, `invalid_request`, `invalid_target` or `unauthorized_client`.

    """
    client.require_grant_type("authorization_code")
    audience = client.audience(parameters.get("audience"))
    code_hash = sha256(parameters.require("code").encode()).digest()
    redirect_uri = parameters.require("redirect_uri")
    challenge = challenge_of(parameters.get("code_verifier"), required=client.needs_pkce)
    now = clock.now()
    async with database.begin() as tx:
        code = await grants.redeem(
            tx,
            code_hash=code_hash,
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            code_challenge=challenge,
            now=now,
        )
        if code is None:
            await _end_if_replayed(tx, actor, client, code_hash)
        else:
            return await _tokens(tx, personal, signer, client, audience, code, now)
    raise OAuthError("invalid_grant", "the code is unknown, used, expired, or was issued for another request")


async def _end_if_replayed(tx: AsyncConnection, actor: Actor, client: Client, code_hash: bytes) -> None:
    grant_id = await grants.used_by(tx, code_hash=code_hash, client_id=client.client_id)
    grant = await grants.get(tx, grant_id) if grant_id is not None else None
    if grant is not None:
        await end_grant(tx, actor, grant, GrantEndReason.CODE_REPLAYED)


async def _tokens(
    tx: AsyncConnection,
    personal: PersonalData,
    signer: TokenSigner,
    client: Client,
    audience: str,
    code: RedeemedCode,
    now: datetime,
) -> dict[str, Any]:
    grant, session, own = await _behind(tx, personal, client, code.grant_id, now)
    subject = own if audience == client.client_id else await _subject(tx, personal, session, audience)
    telemetry.mark(system_id=client.client_id, correlation_id=session.session_id)
    access = access_token_claims(
        issuer=signer.issuer,
        client_id=client.client_id,
        audience=audience,
        token_id=str(uuid7()),
        grant_id=str(grant.grant_id),
        scope=grant.scope,
        now=now,
        session=session,
        subject=subject,
    )
    identity = id_token_claims(
        issuer=signer.issuer,
        client_id=client.client_id,
        nonce=code.nonce,
        now=now,
        session=session,
        subject=own,
        readable=readable(client, grant, "id_token"),
    )
    return {
        "access_token": signer.sign(access, ACCESS_TOKEN),
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
        "id_token": signer.sign(identity, ID_TOKEN, client.id_token_alg),
        "scope": grant.scope,
    }


async def _behind(
    tx: AsyncConnection, personal: PersonalData, client: Client, grant_id: UUID, now: datetime
) -> tuple[Grant, Session, Subject]:
    grant = await grants.get(tx, grant_id)
    session = await sessions.get(tx, personal, grant.session_id) if grant is not None else None
    if grant is None or grant.ended_at is not None or session is None or not session.is_alive(now):
        raise OAuthError("invalid_grant", "the session behind the code has ended")
    return grant, session, await _subject(tx, personal, session, client.client_id)


async def _subject(tx: AsyncConnection, personal: PersonalData, session: Session, audience: str) -> Subject:
    subject = await persons.subject(tx, personal, session.person_id, audience, clock.today())
    if subject is None:
        raise OAuthError("invalid_grant", "the person behind the code has left")
    return subject
