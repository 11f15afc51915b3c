"""Reads a relying party's sign-out request (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

from collections.abc import Mapping

from pingshan_kit import clock

from pingshan_identity.clients.tokens import ID_TOKEN, TokenSigner
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_out.sign_out_plan import SignOutPlan, plan
from pingshan_identity.store.clients import clients
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies


async def plan_sign_out(deps: Dependencies, *, parameters: Parameters, cookies: Mapping[Realm, str]) -> SignOutPlan:
    """Returns what the request means, without bad hints or addresses. Raises OAuthError for a doubled parameter."""
    hinted = _hinted(deps.signer, parameters.get("id_token_hint"))
    client_id = parameters.get("client_id") or hinted.get("aud")
    async with deps.database.read() as tx:
        client = None if client_id is None else await clients.get(tx, client_id[:100])
        held = [
            session.session_id
            for realm, cookie in cookies.items()
            if (session := await sessions.usable(tx, deps.personal, realm, cookie, clock.now())) is not None
        ]
    return plan(
        client,
        hinted=hinted,
        held=held,
        uri=parameters.get("post_logout_redirect_uri"),
        state=parameters.get("state"),
    )


def _hinted(signer: TokenSigner, hint: str | None) -> dict[str, str]:
    """Returns `sid` and `aud` of an ID token of ours; an expired one still counts (section 2)."""
    if hint is None:
        return {}
    try:
        claims = signer.read(hint, ID_TOKEN)
    except OAuthError:
        return {}
    return {"sid": claims["sid"], "aud": claims["aud"]}
