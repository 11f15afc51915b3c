"""What a relying party's sign-out request means (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import with_query


@dataclass(frozen=True, slots=True)
class SignOutPlan:
    session_id: str | None
    """To be ended; None where there is none."""
    confirmed: bool
    """The relying party proved with an ID token that it means this session; else the person is asked."""
    continue_at: str | None = field(repr=False)
    """Registered address of the relying party; None leads to our own signed-out page."""


def plan(
    client: Client | None, *, hinted: Mapping[str, str], held: Sequence[str], uri: str | None, state: str | None
) -> SignOutPlan:
    """Return which session ends, whether to ask first, and where to go on.

    `hinted`: `sid` and `aud` of an ID token of ours; `held`: ids of the live sessions of this browser; `uri`, `state`:
    where the relying party wants to go on.
    """
    proven = hinted.get("sid") if client is not None and client.client_id == hinted.get("aud") else None
    session_id = proven if proven in held else next(iter(held), proven)
    return SignOutPlan(
        session_id=session_id,
        confirmed=session_id is not None and session_id == proven,
        continue_at=_continue_at(client, uri, state),
    )


def _continue_at(client: Client | None, uri: str | None, state: str | None) -> str | None:
    if client is None or uri is None or uri not in client.post_logout_redirect_uris:
        return None
    return uri if state is None else with_query(uri, {"state": state})
