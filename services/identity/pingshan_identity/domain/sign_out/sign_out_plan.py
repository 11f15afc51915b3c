"""Sign-outs that relying parties request (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import with_query
from pingshan_identity.domain.errors import PostLogoutRedirectUriMismatch, SignOutClientMismatch


@dataclass(frozen=True, slots=True)
class Hinted:
    """Is what an ID token of ours names, which the relying party shows as proof; an expired one still counts."""

    session_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class SignOutRequest:
    """Is what a relying party asks for, and what is kept of it while the person is asked."""

    client_id: str | None
    """Id of the relying party; None where neither a parameter nor a token names one."""
    uri: str | None = field(repr=False)
    """`post_logout_redirect_uri`, where the browser goes on; None for our own signed-out page."""
    state: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignOutPlan:
    session_id: str | None
    """Id of the session to end; None where there is none."""
    confirmed: bool
    """Whether the relying party proved with an ID token that it means this session; else the person is asked."""
    client: Client | None
    """Relying party that asks; None where it is unknown."""
    continue_at: str | None = field(repr=False)
    """Registered address of the relying party; None for our own signed-out page."""


def named_client(asked: str | None, hinted: Hinted | None) -> str | None:
    """Returns the id of the relying party that asks, None where nothing names it.

    Raises:
        SignOutClientMismatch: `client_id` is not whom the ID token was issued to (section 2).
    """
    if hinted is None:
        return asked
    if asked not in {None, hinted.client_id}:
        raise SignOutClientMismatch
    return hinted.client_id


def plan(client: Client | None, *, request: SignOutRequest, hinted: Hinted | None, held: Sequence[str]) -> SignOutPlan:
    """Returns which session ends, whether the person is asked first, and where the browser goes on.

    `held`: ids of the live sessions of this browser. An address is followed only where the relying party that
    registered it is known; that of an unknown one is forgotten.

    Raises:
        PostLogoutRedirectUriMismatch: the relying party has not registered the address (section 3); nothing ends.
    """
    if request.uri is not None and (client is not None or hinted is not None):
        registered = () if client is None else client.post_logout_redirect_uris
        if request.uri not in registered:
            raise PostLogoutRedirectUriMismatch(**_named(client, request))
    proven = None if hinted is None or client is None else hinted.session_id
    session_id = proven if proven in held else next(iter(held), proven)
    return SignOutPlan(
        session_id=session_id,
        confirmed=session_id is not None and session_id == proven,
        client=client,
        continue_at=None if client is None else _continue_at(request),
    )


def _named(client: Client | None, request: SignOutRequest) -> Mapping[str, str]:
    """Returns the names of the relying party; its id in place of them where it is not registered any more."""
    if client is not None:
        return client.named
    client_id = request.client_id or ""
    return {"client_id": client_id, "name_zh": client_id, "name_en": client_id}


def _continue_at(request: SignOutRequest) -> str | None:
    if request.uri is None or request.state is None:
        return request.uri
    return with_query(request.uri, {"state": request.state})
