"""Sign-outs that relying parties request (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import with_query


@dataclass(frozen=True, slots=True)
class SignOutPlan:
    session_id: str | None
    """Id of the session to end; None where there is none."""
    confirmed: bool
    """Whether the relying party proved with an ID token that it means this session; else the person is asked."""
    client_id: str | None
    """Id of the relying party that asks; None where it is unknown."""
    continue_at: str | None = field(repr=False)
    """Registered address of the relying party; None for our own signed-out page."""


def plan(
    client: Client | None, *, hinted: Mapping[str, str], held: Sequence[str], uri: str | None, state: str | None
) -> SignOutPlan:
    """Returns which session ends, whether the person is asked first, and where the browser goes on.

    `hinted`: `sid` and `aud` of an ID token of ours. `held`: ids of the live sessions of this browser. `uri`, `state`:
    where the relying party wants the browser to go on.
    """
    proven = hinted.get("sid") if client is not None and client.client_id == hinted.get("aud") else None
    session_id = proven if proven in held else next(iter(held), proven)
    return SignOutPlan(
        session_id=session_id,
        confirmed=session_id is not None and session_id == proven,
        client_id=None if client is None else client.client_id,
        continue_at=_continue_at(client, uri, state),
    )


def _continue_at(client: Client | None, uri: str | None, state: str | None) -> str | None:
    if client is None or uri is None or uri not in client.post_logout_redirect_uris:
        return None
    return uri if state is None else with_query(uri, {"state": state})
