"""Issues a token to an agency's system itself (RFC 6749 section 4.4)."""

from dataclasses import dataclass, field
from typing import Any

from pingshan_kit import clock, telemetry
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.clients.tokens import ACCESS_TOKEN
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.claims import ACCESS_TOKEN_LIFE, client_token_claims
from pingshan_identity.domain.oauth.client_token import check_own_scope
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.token_response import bound_to


@dataclass(frozen=True, slots=True)
class IssueClientToken:
    client: Client
    parameters: Parameters = field(repr=False)
    jkt: str | None
    """Thumbprint of the key whose proof came with the request (RFC 9449); None for no binding."""


async def issue_client_token(deps: Dependencies, command: IssueClientToken) -> dict[str, Any]:
    """Returns the token response, with the roles that the client has at the audience.

    Raises:
        OAuthError: `invalid_target`, `invalid_scope` or `unauthorized_client`.
    """
    client, jkt = command.client, command.jkt
    client.require_grant_type("client_credentials")
    check_own_scope(command.parameters.get("scope"))
    audience = client.audience(command.parameters.get("audience"))
    telemetry.mark(system_id=client.client_id)
    roles = await deps.client_reads.roles(client.client_id, audience)
    machine = Actor(kind=ActorKind.CLIENT, client_id=client.client_id)
    await deps.recorder.record(
        actor=machine, act=Act.CLIENT_GRANT_ISSUED, subject=machine.id, details={"audience": audience}
    )
    claims = client_token_claims(
        issuer=deps.signer.issuer,
        client_id=client.client_id,
        organisation=client.owner,
        audience=audience,
        token_id=str(uuid7()),
        roles=roles,
        now=clock.now(),
    )
    return {
        "access_token": deps.signer.sign(bound_to(claims, jkt), ACCESS_TOKEN),
        "token_type": "Bearer" if jkt is None else "DPoP",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
    }
