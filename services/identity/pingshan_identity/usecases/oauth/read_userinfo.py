"""Reads the claims about the person of an access token (OpenID Connect Core section 5.3)."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pingshan_kit import clock

from pingshan_identity.clients.tokens import ACCESS_TOKEN, USERINFO
from pingshan_identity.domain.oauth.access_token import check_at_userinfo
from pingshan_identity.domain.oauth.claims import person_claims
from pingshan_identity.domain.oauth.readable_claims import readable
from pingshan_identity.domain.oauth.subject_identifier import subject_of
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Userinfo:
    client_id: str
    """Who has the token."""
    claims: dict[str, Any] = field(repr=False)
    signed: str | None = field(repr=False)
    """The claims as a JWT, for a client that registered for one; None for JSON."""


async def read_userinfo(deps: Dependencies, *, access_token: str, jkt: str | None) -> Userinfo:
    """Returns the claims about the person that the client of the token may read, in the form that it registered for.

    `jkt`: thumbprint of the key whose proof came with the token (RFC 9449 section 7); None where none came.

    Raises:
        OAuthError: `invalid_token` or `insufficient_scope`.
    """
    claims = deps.signer.read(access_token, ACCESS_TOKEN)
    now = clock.now()
    check_at_userinfo(claims, jkt=jkt, now=now)
    told_of = await deps.token_reads.told(UUID(claims["grant"]), claims["sid"], claims["client_id"], clock.today())
    grant, client, subject = told_of.grant, told_of.client, told_of.subject
    alive = grant is not None and grant.is_alive(told_of.session, now)
    if subject is None or told_of.session is None or grant is None or not alive or client is None or client.disabled:
        raise OAuthError("invalid_token", "the sign-in behind the token has ended")
    told = {"sub": subject_of(client, told_of.session.person_id, deps.personal.index)}
    told |= person_claims(subject, readable(client, grant, "userinfo", claims["scope"]))
    alg = client.userinfo_signed_response_alg
    if alg is None:
        return Userinfo(client.client_id, told, None)
    told |= {"iss": deps.signer.issuer, "aud": client.client_id}
    return Userinfo(client.client_id, told, deps.signer.sign(told, USERINFO, alg))
