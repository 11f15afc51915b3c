"""Keeps an authorization request that a client pushes (RFC 9126)."""

from dataclasses import dataclass, field

from pingshan_identity.domain.authorization_requests.par import LIFE, Pairs, bound_to, pushed
from pingshan_identity.domain.authorization_requests.request_object import require_object
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import RedirectUriMismatch
from pingshan_identity.domain.oauth.authorization import read_request
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.public_clients import PUSHED, PUSHED_ON_NETWORK
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sign_in.throttle import Counted
from pingshan_identity.store.authorization_requests.pushed_requests import Waiting
from pingshan_identity.usecases.authorization_requests.read_request_object import has_object, read_request_object
from pingshan_identity.usecases.authorization_requests.waiting_requests import let_wait
from pingshan_identity.usecases.counting import spend_of_client
from pingshan_identity.usecases.dependencies import Dependencies

_BUDGETS = {Counted.PUSHED_ON_NETWORK: PUSHED_ON_NETWORK, Counted.PUSHED: PUSHED}


@dataclass(frozen=True, slots=True)
class PushAuthorizationRequest:
    client: Client
    pairs: Pairs = field(repr=False)
    jkt: str | None
    """Thumbprint of the key whose proof came with the request (RFC 9449 section 10.1); None where none came."""
    address: str
    """From where it came."""


async def push_authorization_request(deps: Dependencies, command: PushAuthorizationRequest) -> str:
    """Returns the `request_uri`, once everything is checked as at the authorization endpoint (section 2.1).

    Raises:
        OAuthError: the request could not be granted, or a public client's network has pushed too many.
    """
    client, kept = command.client, pushed(command.pairs)
    if has_object(kept):
        kept = list(await read_request_object(deps, client=client, pairs=kept))
    else:
        require_object(client)
    if command.jkt is not None:
        kept = bound_to(kept, command.jkt)
    parameters = Parameters(kept)
    try:
        client.require_redirect_uri(parameters.require("redirect_uri"))
    except RedirectUriMismatch as error:
        raise OAuthError("invalid_request", "redirect_uri is none of the registered ones") from error
    read_request(client, parameters, pushed=True)
    async with deps.database.begin() as tx:
        await spend_of_client(tx, deps.personal, client, command.address, _BUDGETS)
        waiting = Waiting(tuple(kept), None)
        return await let_wait(tx, deps.personal, client_id=client.client_id, waiting=waiting, life=LIFE)
