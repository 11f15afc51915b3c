"""What a relying party's sign-out request means (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ID_TOKEN, TokenSigner
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import with_query
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.clients import clients
from pingshan_identity.store.sessions import sessions


@dataclass(frozen=True, slots=True)
class SignOutPlan:
    session_id: str | None
    """To be ended; None where there is none."""
    confirmed: bool
    """The relying party proved with an ID token that it means this session; else the person is asked."""
    continue_at: str | None = field(repr=False)
    """Registered address of the relying party; None leads to our own signed-out page."""


async def plan_sign_out(
    database: Database,
    personal: PersonalData,
    signer: TokenSigner,
    *,
    parameters: Parameters,
    cookies: Mapping[Realm, str],
) -> SignOutPlan:
    """Which session ends, whether to ask first, and where to go on; a bad hint or address is ignored."""
    hinted = _hinted(signer, parameters.get("id_token_hint"))
    async with database.read() as tx:
        client = await _client(tx, parameters.get("client_id") or hinted.get("aud"))
        held = [
            session.session_id
            for realm, cookie in cookies.items()
            if (session := await sessions.usable(tx, personal, realm, cookie, clock.now())) is not None
        ]
    proven = hinted.get("sid") if client is not None and client.client_id == hinted.get("aud") else None
    session_id = proven if proven in held else next(iter(held), proven)
    return SignOutPlan(
        session_id=session_id,
        confirmed=session_id is not None and session_id == proven,
        continue_at=_continue_at(client, parameters),
    )


def _hinted(signer: TokenSigner, hint: str | None) -> dict[str, str]:
    """`sid` and `aud` of an ID token of ours; an expired one still counts (section 2)."""
    if hint is None:
        return {}
    try:
        claims = signer.read(hint, ID_TOKEN)
    except OAuthError:
        return {}
    return {"sid": claims["sid"], "aud": claims["aud"]}


async def _client(tx: AsyncConnection, client_id: str | None) -> Client | None:
    return None if client_id is None else await clients.get(tx, client_id[:100])


def _continue_at(client: Client | None, parameters: Parameters) -> str | None:
    uri, state = parameters.get("post_logout_redirect_uri"), parameters.get("state")
    if client is None or uri is None or uri not in client.post_logout_redirect_uris:
        return None
    return uri if state is None else with_query(uri, {"state": state})
