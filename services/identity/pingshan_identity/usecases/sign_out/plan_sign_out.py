"""Reads a relying party's sign-out request (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

from collections.abc import Mapping

from pingshan_kit import clock

from pingshan_identity.clients.tokens import ID_TOKEN, TokenSigner
from pingshan_identity.domain.errors import SignOutRequestInvalid
from pingshan_identity.domain.oauth.parameters import MAX_TOKEN_LENGTH, Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_out.sign_out_plan import Hinted, SignOutPlan, SignOutRequest, named_client, plan
from pingshan_identity.store.clients import clients
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies


def read_sign_out_request(signer: TokenSigner, parameters: Parameters) -> tuple[SignOutRequest, Hinted | None]:
    """Returns what a relying party asks for, and what its ID token names; None where it has none of ours, which proves
    nothing.

    Raises:
        SignOutRequestInvalid: a parameter came twice, or is too long.
        SignOutClientMismatch: it names another relying party than its ID token.
    """
    try:
        hinted = _hinted(signer, parameters.get("id_token_hint", longest=MAX_TOKEN_LENGTH))
        client_id = named_client(parameters.get("client_id"), hinted)
        uri, state = parameters.get("post_logout_redirect_uri"), parameters.get("state")
    except OAuthError as error:
        raise SignOutRequestInvalid(why=error.description) from error
    return SignOutRequest(client_id, uri, state), hinted


async def plan_sign_out(
    deps: Dependencies, *, request: SignOutRequest, hinted: Hinted | None = None, cookies: Mapping[Realm, str]
) -> SignOutPlan:
    """Returns what the request means in this browser.

    Raises:
        PostLogoutRedirectUriMismatch: the relying party has not registered the address.
    """
    async with deps.database.read() as tx:
        client = None if request.client_id is None else await clients.get(tx, request.client_id[:100])
        held = [
            session.session_id
            for realm, cookie in cookies.items()
            if (session := await sessions.usable(tx, deps.personal, realm, cookie, clock.now())) is not None
        ]
    return plan(client, request=request, hinted=hinted, held=held)


def _hinted(signer: TokenSigner, hint: str | None) -> Hinted | None:
    if hint is None:
        return None
    try:
        claims = signer.read(hint, ID_TOKEN)
    except OAuthError:
        return None
    session_id, client_id = claims.get("sid"), claims.get("aud")
    if not isinstance(session_id, str) or not isinstance(client_id, str):
        return None
    return Hinted(session_id, client_id)
