"""Reads the claims about the person of an access token (OpenID Connect Core section 5.3)."""

from typing import Any
from uuid import UUID

from pingshan_kit import clock

from pingshan_identity.clients.tokens import ACCESS_TOKEN
from pingshan_identity.domain.oauth.access_token import check_at_userinfo
from pingshan_identity.domain.oauth.claims import person_claims
from pingshan_identity.domain.oauth.readable_claims import readable
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.usecases.dependencies import Dependencies


async def read_userinfo(deps: Dependencies, *, access_token: str, jkt: str | None) -> tuple[str, dict[str, Any]]:
    """Returns the id of the client that has the token, and the claims that it may read.

    `jkt`: thumbprint of the key whose proof came with the token (RFC 9449 section 7); None where none came.

    Raises:
        OAuthError: `invalid_token` or `insufficient_scope`.
    """
    claims = deps.signer.read(access_token, ACCESS_TOKEN)
    now = clock.now()
    check_at_userinfo(claims, jkt=jkt, now=now)
    told_of = await deps.token_reads.told(
        UUID(claims["grant"]), claims["sid"], claims["client_id"], UUID(claims["sub"]), clock.today()
    )
    grant, client, subject = told_of.grant, told_of.client, told_of.subject
    alive = grant is not None and grant.is_alive(told_of.session, now)
    if subject is None or grant is None or not alive or client is None or client.disabled:
        raise OAuthError("invalid_token", "the sign-in behind the token has ended")
    told = person_claims(subject, readable(client, grant, "userinfo", claims["scope"]))
    return client.client_id, {"sub": claims["sub"]} | told
