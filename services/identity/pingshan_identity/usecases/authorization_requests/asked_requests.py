"""Finds whose authorization request it is, where it may be answered, and what it says: in the address, in a request
object, or under a `request_uri`.
"""

from dataclasses import dataclass, field, replace

from pingshan_kit import clock

from pingshan_identity.domain.authorization_requests.par import Pairs, is_ours
from pingshan_identity.domain.authorization_requests.request_object import require_object
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import (
    AuthorizationRequestSpent,
    ClientMissing,
    ClientUnknown,
    RedirectUriMismatch,
    RedirectUriMissing,
    RequestUriNotSupported,
)
from pingshan_identity.domain.oauth.authorization import ResponseMode, response_mode_of
from pingshan_identity.domain.oauth.parameters import Parameters, read_query, single
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.authorization_requests import pushed_requests
from pingshan_identity.usecases.authorization_requests.read_request_object import (
    has_object,
    read_request_object,
    unproven_pairs,
)
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Asked:
    """Is a request that may be answered at its redirect URI."""

    client: Client
    redirect_uri: str
    pairs: Pairs = field(repr=False)
    request_uri: str | None = field(default=None, repr=False)
    """The `request_uri` under which it waits; used up by the answer."""
    by_object: bool = False
    """Whether it came in a request object, which says it better than an address."""
    refused: OAuthError | None = None
    """Why it is refused before anybody reads it; None where it is not."""
    allowed_by: str | None = None
    """Id of the person who has just allowed this very request; None where nobody was asked."""

    @property
    def pushed(self) -> bool:
        return self.request_uri is not None

    @property
    def stays_out_of_addresses(self) -> bool:
        """Returns whether its parameters never stand in an address of ours."""
        return self.pushed or self.by_object

    @property
    def parameters(self) -> Parameters:
        return Parameters(self.pairs)

    @property
    def response_mode(self) -> ResponseMode:
        """Returns how it is answered, also where it is wrong otherwise."""
        return response_mode_of(self.redirect_uri, single(self.pairs, "response_mode"))


async def asked_request(deps: Dependencies, query: str) -> Asked:
    """Returns the request, with what is wrong with it where the client may be told.

    Raises:
        ClientMissing, ClientUnknown, ClientDisabled, RedirectUriMissing, RedirectUriMismatch, RequestUriNotSupported,
            AuthorizationRequestSpent: nobody knows whether the answer would get to the client.
    """
    pairs = _pairs(query)
    client = await _client(deps, pairs)
    request_uri = single(pairs, "request_uri")
    if request_uri is not None:
        return await _by_reference(deps, client, pairs, request_uri)
    if has_object(pairs):
        return await _by_value(deps, client, pairs)
    return _unsigned(client, pairs)


def _pairs(query: str) -> Pairs:
    try:
        return read_query(query)
    except ValueError as error:  # so many parameters that whose request it is was not looked for
        raise ClientMissing from error


async def _client(deps: Dependencies, pairs: Pairs) -> Client:
    client_id = single(pairs, "client_id")
    if client_id is None:
        raise ClientMissing
    known = await deps.client_reads.with_secrets(client_id[:100])
    if known is None:
        raise ClientUnknown
    known[0].require_enabled()
    return known[0]


async def _by_reference(deps: Dependencies, client: Client, pairs: Pairs, request_uri: str) -> Asked:
    if not is_ours(request_uri):  # nothing of another server is ever fetched (RFC 9101 section 10.4)
        if single(pairs, "redirect_uri") is None:
            raise RequestUriNotSupported(**client.named)
        refused = OAuthError("request_uri_not_supported", "push the request (RFC 9126), or send it by value")
        return replace(_answerable(client, pairs), refused=refused)
    if (asked := await _waiting(deps, client, request_uri)) is not None:
        return asked
    refused = OAuthError("invalid_request_uri", "request_uri is not ours, was used before, or has expired")
    try:
        return replace(_answerable(client, pairs), refused=refused)
    except (RedirectUriMissing, RedirectUriMismatch) as error:  # not the address beside it is what is wrong
        raise AuthorizationRequestSpent(client_id=client.client_id) from error


async def _waiting(deps: Dependencies, client: Client, request_uri: str) -> Asked | None:
    """Returns the request that waits under the URI and stays there until it is answered; None for none."""
    async with deps.database.read() as tx:
        waiting = await pushed_requests.peek(
            tx, deps.personal, request_uri=request_uri, client_id=client.client_id, now=clock.now()
        )
    if waiting is None:
        return None
    asked = replace(_answerable(client, waiting.pairs), request_uri=request_uri)
    return replace(asked, allowed_by=waiting.person_id if waiting.allowed else None)


async def _by_value(deps: Dependencies, client: Client, pairs: Pairs) -> Asked:
    said = unproven_pairs(client, pairs)
    asked = _answerable(client, said if single(said, "redirect_uri") is not None else pairs)
    try:
        return replace(asked, pairs=await read_request_object(deps, client=client, pairs=pairs), by_object=True)
    except OAuthError as error:
        return replace(asked, refused=error)


def _unsigned(client: Client, pairs: Pairs) -> Asked:
    asked = _answerable(client, pairs)
    try:
        require_object(client)
    except OAuthError as error:
        return replace(asked, refused=error)
    return asked


def _answerable(client: Client, pairs: Pairs) -> Asked:
    """Returns the request with its redirect URI; raises RedirectUriMissing or RedirectUriMismatch for a wrong one."""
    return Asked(client, client.require_redirect_uri(single(pairs, "redirect_uri")), pairs)
