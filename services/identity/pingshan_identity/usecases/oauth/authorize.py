"""Answers an authorization request with a code, a page for the person, or an error for the client (RFC 6749 section
4.1).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from pingshan_kit import audit_log, clock, telemetry
from pingshan_kit.ids import uuid7

from pingshan_identity.clients.tokens import ID_TOKEN
from pingshan_identity.domain.access import may_open
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import with_query
from pingshan_identity.domain.consents.consent import must_ask
from pingshan_identity.domain.errors import AuthorizationRequestSpent, ClientUnknown
from pingshan_identity.domain.oauth.authorization import CODE_LIFE, AuthorizationRequest, read_request
from pingshan_identity.domain.oauth.claims import claims_of
from pingshan_identity.domain.oauth.holder import Holder
from pingshan_identity.domain.oauth.par import Pairs, is_ours
from pingshan_identity.domain.oauth.parameters import Parameters, read_query, single
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions import cookie_value
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.domain.sign_in.continuation import (
    after_sign_in,
    authorize_address,
    consent_address,
    has_just_signed_in,
)
from pingshan_identity.store.consents import consents
from pingshan_identity.store.oauth import pushed_requests
from pingshan_identity.store.oauth.code_flow import NewCode
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.waiting_requests import hand_on, let_wait


@dataclass(frozen=True, slots=True)
class Authorize:
    query: str = field(repr=False)
    cookies: Mapping[Realm, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BackToClient:
    """Is a redirect to the client, with a code or an error in the query."""

    location: str = field(repr=False)
    error: str | None = None
    """OAuth error in the query, with its description; None for a code."""
    error_description: str | None = None


@dataclass(frozen=True, slots=True)
class SignInNeeded:
    realms: tuple[Realm, ...]
    continuation: str = field(repr=False)
    login_hint: str | None = field(repr=False)
    ui_locales: str | None
    step_up: bool
    """Whether somebody is signed in and only the level is missing."""
    real_name: bool = False
    """Whether somebody of the public is signed in and only their real-name level is too low."""


@dataclass(frozen=True, slots=True)
class ConsentNeeded:
    """States that the person must decide about a third party on our page; the request waits for that."""

    client_id: str
    request_uri: str = field(repr=False)

    @property
    def address(self) -> str:
        return consent_address(self.client_id, self.request_uri)


@dataclass(frozen=True, slots=True)
class GoOn:
    """States that the person has come back to an address that the request had before, and goes on at another."""

    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Is a request that may be answered at its redirect URI."""

    client: Client
    redirect_uri: str
    pairs: Pairs = field(repr=False)
    request_uri: str | None = field(default=None, repr=False)
    """The `request_uri` that it came by, used up; then its parameters never stand in an address."""
    spent: bool = False
    allowed_by: str | None = None
    """Id of the person who has just allowed this very request; None where nobody was asked."""

    @property
    def pushed(self) -> bool:
        return self.request_uri is not None

    @property
    def parameters(self) -> Parameters:
        return Parameters(self.pairs)


async def authorize(deps: Dependencies, command: Authorize) -> BackToClient | SignInNeeded | ConsentNeeded | GoOn:
    """Returns a redirect with a code or an OAuth error, or the page that the person must see first.

    Raises:
        ClientUnknown, ClientDisabled, RedirectUriMismatch, AuthorizationRequestSpent: shown on a page, never
            redirected.
    """
    asked = await _asked(deps, _pairs(command.query))
    if isinstance(asked, GoOn):
        return asked
    answer = {"iss": deps.signer.issuer} | ({"state": state} if (state := single(asked.pairs, "state")) else {})
    try:
        request = _request(asked)
        outcome = await _outcome(deps, asked, request, _hinted(deps, request), command.cookies)
    except OAuthError as error:
        outcome = _as_answer(error)
    if not isinstance(outcome, dict):
        return outcome
    location = with_query(asked.redirect_uri, outcome | answer)
    return BackToClient(location, outcome.get("error"), outcome.get("error_description"))


def _pairs(query: str) -> Pairs:
    try:
        return read_query(query)
    except ValueError as error:  # so many parameters that whose request it is was not looked for
        raise ClientUnknown from error


async def _asked(deps: Dependencies, pairs: Pairs) -> _Asked | GoOn:
    client_id = (single(pairs, "client_id") or "")[:100]
    known = await deps.client_reads.with_secrets(client_id)
    if known is None:
        raise ClientUnknown
    client = known[0]
    client.require_enabled()
    request_uri = single(pairs, "request_uri")
    if request_uri is None:
        return _answerable(client, pairs)
    if is_ours(request_uri) and (waiting := await _waiting(deps, client, request_uri)) is not None:
        return waiting
    if single(pairs, "redirect_uri") is None:
        raise AuthorizationRequestSpent(client_id=client_id)
    return _answerable(client, pairs, spent=True)


async def _waiting(deps: Dependencies, client: Client, request_uri: str) -> _Asked | GoOn | None:
    """Returns the request that waits under the URI, used up by this, or where its person went on with it; else None."""
    async with deps.database.begin() as tx:
        client_id, now, personal = client.client_id, clock.now(), deps.personal
        waiting = await pushed_requests.take(tx, personal, request_uri=request_uri, client_id=client_id, now=now)
        if waiting is not None:
            asked = _answerable(client, waiting.pairs, request_uri=request_uri)
            return replace(asked, allowed_by=waiting.person_id if waiting.allowed else None)
        address = await pushed_requests.leads_on_to(tx, personal, request_uri=request_uri, client_id=client_id, now=now)
        return GoOn(address) if address is not None else None


def _answerable(client: Client, pairs: Pairs, *, request_uri: str | None = None, spent: bool = False) -> _Asked:
    """Returns the request with its redirect URI; raises RedirectUriMismatch where that is not registered."""
    return _Asked(client, client.require_redirect_uri(single(pairs, "redirect_uri")), pairs, request_uri, spent)


def _request(asked: _Asked) -> AuthorizationRequest:
    if asked.spent:
        raise OAuthError("invalid_request_uri", "request_uri is not ours, was used before, or has expired")
    return read_request(asked.client, asked.parameters, pushed=asked.pushed)


def _as_answer(error: OAuthError) -> dict[str, str]:
    return {"error": error.code, "error_description": error.description}


def _hinted(deps: Dependencies, request: AuthorizationRequest) -> frozenset[str]:
    """Returns whom the client names by `id_token_hint` or the claim `sub`; the session must be each one's."""
    named = {request.claims.subject} - {None}
    if request.id_token_hint is not None:
        try:
            named.add(deps.signer.read(request.id_token_hint, ID_TOKEN)["sub"])
        except OAuthError as error:
            raise OAuthError("invalid_request", "id_token_hint is not an ID token of ours") from error
    return frozenset(str(name) for name in named)


async def _outcome(
    deps: Dependencies,
    asked: _Asked,
    request: AuthorizationRequest,
    hinted: frozenset[str],
    cookies: Mapping[Realm, str],
) -> dict[str, str] | SignInNeeded | ConsentNeeded:
    """Returns a code or a refusal for the client, or what the person must do first."""
    client = asked.client
    visitor = await _visitor(deps, request, hinted, cookies)
    if visitor is None:
        return await _sign_in(deps, asked, request, "nobody fitting is signed in, or the sign-in is too old")
    session, subject = visitor.session, visitor.subject
    if subject is None or not may_open(subject.person, client, has_role=bool(subject.roles)):
        details = _details(client, session) | {"reason": "no-access"}
        person = acting(session.person_id, session.session_id)
        await deps.recorder.record(actor=person, act=Act.GRANT_REFUSED, subject=person.id, details=details)
        return _as_answer(OAuthError("access_denied", "the person may not open this system"))
    if session.acr < request.level(client, session.realm):
        return await _sign_in(deps, asked, request, "the level of the sign-in is too low", step_up=True)
    if visitor.real_name_level < client.real_name_level(session.realm):
        return await _sign_in(deps, asked, request, "the name of the person is not proven", real_name=True)
    if await _must_ask(deps, asked, request, session):
        return await _ask(deps, asked, request, session)
    return {"code": await _issue(deps, client, request, session)}


async def _visitor(
    deps: Dependencies, request: AuthorizationRequest, hinted: frozenset[str], cookies: Mapping[Realm, str]
) -> Holder | None:
    """Returns the session that fits the request, with its person; None where somebody must sign in.

    Raises:
        OAuthError: `login_required`, somebody has just signed in, but not the person whom the client named.
    """
    others = []
    for realm in request.realms:
        if realm not in cookies:
            continue
        cookie_hash = cookie_value.hash_of(cookies[realm])
        found = await deps.code_flow.visit(cookie_hash, request.client_id, clock.today())
        if found is None or not found.session.is_usable_in(realm, clock.now()):
            continue
        if request.needs_sign_in(found.session.auth_time, clock.now()):
            continue
        if hinted <= {found.session.person_id}:
            return found
        others.append(found.session.auth_time)
    if any(has_just_signed_in(auth_time, clock.now()) for auth_time in others):
        raise OAuthError("login_required", "another person has signed in than the client named")
    return None


async def _sign_in(
    deps: Dependencies,
    asked: _Asked,
    request: AuthorizationRequest,
    why: str,
    *,
    step_up: bool = False,
    real_name: bool = False,
) -> SignInNeeded:
    request.require_page("login_required", why)
    continuation = await _continuation(deps, asked)
    return SignInNeeded(request.realms, continuation, request.login_hint, request.ui_locales, step_up, real_name)


async def _continuation(deps: Dependencies, asked: _Asked) -> str:
    """Returns the address that the sign-in leads back to."""
    client_id, pairs = asked.client.client_id, after_sign_in(asked.pairs, clock.now())
    if not asked.pushed:
        return authorize_address(pairs)
    async with deps.database.begin() as tx:
        request_uri = await let_wait(tx, deps.personal, client_id=client_id, pairs=pairs)
        address = authorize_address([("client_id", client_id), ("request_uri", request_uri)])
        await hand_on(tx, deps.personal, used=asked.request_uri, address=address)
    return address


async def _must_ask(deps: Dependencies, asked: _Asked, request: AuthorizationRequest, session: Session) -> bool:
    client, person_id, given = asked.client, session.person_id, None
    if client.third_party:  # which few are: of all others the database need not be asked
        async with deps.database.read() as tx:
            given = await consents.given(tx, person_id, client.client_id)
    return must_ask(client, request, given, has_just_allowed=asked.allowed_by == person_id)


async def _ask(deps: Dependencies, asked: _Asked, request: AuthorizationRequest, session: Session) -> ConsentNeeded:
    """Keeps the request, without `prompt`, until the person has decided; the decision answers `prompt=consent`."""
    request.require_page("consent_required", "the person has to be asked first")
    client_id = asked.client.client_id
    pairs = [(name, value) for name, value in asked.pairs if name != "prompt"]
    async with deps.database.begin() as tx:
        waiting = await let_wait(tx, deps.personal, client_id=client_id, pairs=pairs, person_id=session.person_id)
        needed = ConsentNeeded(client_id, waiting)
        await hand_on(tx, deps.personal, used=asked.request_uri, address=needed.address)
    return needed


async def _issue(deps: Dependencies, client: Client, request: AuthorizationRequest, session: Session) -> str:
    """Returns a code, which is recorded and kept, as a hash, together with its grant."""
    now = clock.now()
    code = secrets.token_urlsafe(32)
    person = acting(session.person_id, session.session_id)
    record = audit_log.Record(person, Act.GRANT_ISSUED, person.id, _details(client, session))
    await deps.code_flow.issue(
        NewCode(
            grant_id=uuid7(),
            session=session,
            client_id=request.client_id,
            scope=request.scope,
            claims=request.claims.within(claims_of(client.scopes, third_party=client.third_party)),
            code_hash=sha256(code.encode()).digest(),
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            dpop_jkt=request.dpop_jkt,
            nonce=request.nonce,
            now=now,
            expires_at=now + CODE_LIFE,
            record=record,
        )
    )
    return code


def _details(client: Client, session: Session) -> dict[str, Any]:
    telemetry.mark(system_id=client.client_id, correlation_id=session.session_id)
    return {"client_id": client.client_id, "session_id": session.session_id}
