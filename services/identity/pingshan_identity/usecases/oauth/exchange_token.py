"""Exchanges a person's access token for one with another audience (RFC 8693)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pingshan_kit import audit_log, clock, telemetry
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.oauth.claims import access_token_claims
from pingshan_identity.domain.oauth.refresh_token import narrowed
from pingshan_identity.domain.oauth.token_exchange import ACCESS_TOKEN_TYPE, check_subject_token, exchanged
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import is_alive
from pingshan_identity.usecases.oauth.token_response import bound_to


@dataclass(frozen=True, slots=True)
class ExchangeToken:
    exchanger: str
    """Client id of who exchanges; the subject token must have it as audience."""
    subject_token: str = field(repr=False)
    audience: str
    """Audience of the new token; the caller checks that the exchanger may ask for it."""
    scope: str | None
    jkt: str | None
    """Thumbprint of the key whose proof came with the request (RFC 9449); None for no binding."""


async def exchange_token(deps: Dependencies, actor: Actor, command: ExchangeToken) -> dict[str, Any]:
    """Returns the response (section 2.2.1): same person, session and grant, no later expiry, `act` naming the
    exchanger.

    The roles are those at the new audience.

    Raises:
        OAuthError: `invalid_request`, `invalid_grant` or `invalid_scope`.
    """
    try:
        claims = deps.signer.read(command.subject_token, ACCESS_TOKEN)
    except OAuthError as error:
        raise OAuthError("invalid_request", "subject_token is no access token of ours") from error
    now = clock.now()
    check_subject_token(claims, exchanger=command.exchanger, jkt=command.jkt, now=now)
    async with deps.database.begin() as tx:
        session = await sessions.get(tx, deps.personal, claims["sid"])
        if session is None or not await is_alive(tx, deps.personal, claims):
            raise OAuthError("invalid_grant", "the grant or the session behind subject_token has ended")
        made = exchanged(await _claims(tx, deps, command, claims, session), claims, exchanger=command.exchanger)
        details = {"client_id": command.exchanger, "audience": command.audience, "session_id": claims["sid"]}
        await audit_log.append(
            tx, actor=actor, act=Act.TOKEN_EXCHANGED, subject=f"person:{session.person_id}", details=details
        )
    telemetry.mark(system_id=command.exchanger, correlation_id=claims["sid"])
    return {
        "access_token": deps.signer.sign(bound_to(made, command.jkt), ACCESS_TOKEN),
        "issued_token_type": ACCESS_TOKEN_TYPE,
        "token_type": "Bearer" if command.jkt is None else "DPoP",
        "expires_in": max(0, made["exp"] - int(now.timestamp())),
        "scope": made["scope"],
    }


async def _claims(
    tx: AsyncConnection, deps: Dependencies, command: ExchangeToken, claims: Mapping[str, Any], session: Session
) -> dict[str, Any]:
    """Returns the claims for the new audience; `sub` is the old one only where the audience stays the same."""
    grant = await grants.get(tx, UUID(claims["grant"]))
    subject = await persons.subject(tx, deps.personal, session.person_id, command.audience, clock.today())
    if grant is None or subject is None:
        raise OAuthError("invalid_grant", "the person behind subject_token has left")
    return access_token_claims(
        issuer=deps.signer.issuer,
        client_id=claims["client_id"],
        audience=command.audience,
        token_id=str(uuid7()),
        grant_id=str(UUID(claims["grant"])),
        scope=narrowed(claims["scope"], command.scope),
        now=clock.now(),
        sub=claims["sub"] if command.audience == claims["aud"] else session.person_id,
        session=grant.proof(session),
        subject=subject,
    )
