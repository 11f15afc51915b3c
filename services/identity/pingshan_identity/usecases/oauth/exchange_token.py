"""Exchange a person's access token for one for another audience (RFC 8693)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit import audit_log, clock, telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ACCESS_TOKEN, TokenSigner
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.oauth.claims import access_token_claims
from pingshan_identity.domain.oauth.refresh_token import narrowed
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.oauth.introspect_token import is_alive
from pingshan_identity.usecases.oauth.token_response import bound_to

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a grant type
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a token type


async def exchange_token(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    signer: TokenSigner,
    *,
    exchanger: str,
    subject_token: str,
    audience: str,
    scope: str | None,
    jkt: str | None,
) -> dict[str, Any]:
    """The response (section 2.2.1): same person, session and grant, no longer life, and `act` naming the exchanger.

    `exchanger`: client id of whoever exchanges; the token must have been made for it. Whether it may ask for that
    audience is its caller's business. The roles are those of the new audience.

    Raises:
        OAuthError: `invalid_request`, `invalid_grant` or `invalid_scope`.

    """
    try:
        claims = signer.read(subject_token, ACCESS_TOKEN)
    except OAuthError as error:
        raise OAuthError("invalid_request", "subject_token is no access token of ours") from error
    now = clock.now()
    if claims["aud"] != exchanger:
        raise OAuthError("invalid_request", "subject_token was not made for the client that exchanges it")
    if "cnf" in claims and claims["cnf"].get("jkt") != jkt:
        raise OAuthError("invalid_request", "subject_token is bound to another key (RFC 9449)")
    if claims["exp"] <= now.timestamp() or "grant" not in claims:
        raise OAuthError("invalid_grant", "subject_token has expired, or is not a person's")
    async with database.begin() as tx:
        if not await is_alive(tx, personal, claims):
            raise OAuthError("invalid_grant", "the grant or the session behind subject_token has ended")
        made = await _claims(tx, personal, signer, claims, audience, narrowed(claims["scope"], scope), now)
        details = {"client_id": exchanger, "audience": audience, "session_id": claims["sid"]}
        await audit_log.append(
            tx, actor=actor, act=Act.TOKEN_EXCHANGED, subject=f"person:{claims['sub']}", details=details
        )
    telemetry.mark(system_id=exchanger, correlation_id=claims["sid"])
    made["exp"] = min(made["exp"], claims["exp"])
    made["act"] = {"sub": exchanger} | ({"act": claims["act"]} if "act" in claims else {})
    return {
        "access_token": signer.sign(bound_to(made, jkt), ACCESS_TOKEN),
        "issued_token_type": ACCESS_TOKEN_TYPE,
        "token_type": "Bearer" if jkt is None else "DPoP",
        "expires_in": max(0, made["exp"] - int(now.timestamp())),
        "scope": made["scope"],
    }


async def _claims(
    tx: AsyncConnection,
    personal: PersonalData,
    signer: TokenSigner,
    claims: dict[str, Any],
    audience: str,
    scope: str,
    now: datetime,
) -> dict[str, Any]:
    session = await sessions.get(tx, personal, claims["sid"])
    subject = await persons.subject(tx, personal, claims["sub"], audience, clock.today())
    if session is None or subject is None:
        raise OAuthError("invalid_grant", "the person behind subject_token has left")
    return access_token_claims(
        issuer=signer.issuer,
        client_id=claims["client_id"],
        audience=audience,
        token_id=str(uuid7()),
        grant_id=str(UUID(claims["grant"])),
        scope=scope,
        now=now,
        session=session,
        subject=subject,
    )
