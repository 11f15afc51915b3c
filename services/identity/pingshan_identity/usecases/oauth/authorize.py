"""Answers an authorization request with a code, a page for the person, or an error for the client (RFC 6749 section
4.1).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from pingshan_kit import audit_log, clock, telemetry
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import ID_TOKEN
from pingshan_identity.domain.access import may_open
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.redirect_uri import with_query
from pingshan_identity.domain.clients.scope import claims_of
from pingshan_identity.domain.errors import AuthorizationRequestSpent, ClientUnknown
from pingshan_identity.domain.oauth.authorization import CODE_LIFE, AuthorizationRequest, read_request
from pingshan_identity.domain.oauth.consent import must_ask
from pingshan_identity.domain.oauth.par import Pairs, is_ours
from pingshan_identity.domain.oauth.parameters import Parameters, single
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.domain.sign_in.continuation import after_sign_in, authorize_address, has_just_signed_in
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import consents, grants, pushed_requests
from pingshan_identity.store.people import persons, public_persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.waiting_requests import let_wait


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """Is a request that may be answered at its redirect URI."""

    client: Client
    redirect_uri: str
    pairs: Pairs = field(repr=False)
    pushed: bool
    """Whether the request came by a `request_uri`; then its parameters never stand in an address."""
    spent: bool = False

    @property
    def parameters(self) -> Parameters:
        return Parameters(self.pairs)


async def authorize(deps: Dependencies, command: Authorize) -> BackToClient | SignInNeeded | ConsentNeeded:
    """Returns a redirect with a code or an OAuth error, or the page that the person must see first.

    Raises:
        ClientUnknown, ClientDisabled, RedirectUriMismatch, AuthorizationRequestSpent: shown on a page, never
            redirected.
    """
    async with deps.database.begin() as tx:
        asked = await _asked(tx, deps, parse_qsl(command.query, keep_blank_values=True))
    answer = {"iss": deps.signer.issuer} | ({"state": state} if (state := single(asked.pairs, "state")) else {})
    try:
        request = _request(asked)
        hinted = _hinted(deps, request)
        async with deps.database.begin() as tx:
            outcome = await _outcome(tx, deps, asked, request, hinted, command.cookies)
    except OAuthError as error:
        outcome = _as_answer(error)
    if not isinstance(outcome, dict):
        return outcome
    location = with_query(asked.redirect_uri, outcome | answer)
    return BackToClient(location, outcome.get("error"), outcome.get("error_description"))


async def _asked(tx: AsyncConnection, deps: Dependencies, pairs: Pairs) -> _Asked:
    client_id = (single(pairs, "client_id") or "")[:100]
    client = await clients.get(tx, client_id)
    if client is None:
        raise ClientUnknown
    client.require_enabled()
    request_uri = single(pairs, "request_uri")
    if request_uri is None:
        return _answerable(client, pairs, pushed=False)
    waiting = None
    if is_ours(request_uri):
        now = clock.now()
        waiting = await pushed_requests.take(tx, deps.personal, request_uri=request_uri, client_id=client_id, now=now)
    if waiting is not None:
        return _answerable(client, waiting.pairs, pushed=True)
    if single(pairs, "redirect_uri") is None:
        raise AuthorizationRequestSpent(client_id=client_id)
    return _answerable(client, pairs, pushed=False, spent=True)


def _answerable(client: Client, pairs: Pairs, *, pushed: bool, spent: bool = False) -> _Asked:
    """Returns the request with its redirect URI; raises RedirectUriMismatch where that is not registered."""
    return _Asked(client, client.require_redirect_uri(single(pairs, "redirect_uri")), pairs, pushed, spent)


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
    tx: AsyncConnection,
    deps: Dependencies,
    asked: _Asked,
    request: AuthorizationRequest,
    hinted: frozenset[str],
    cookies: Mapping[Realm, str],
) -> dict[str, str] | SignInNeeded | ConsentNeeded:
    """Returns a code or a refusal for the client, or what the person must do first."""
    session = await _session(tx, deps, request, hinted, cookies)
    if session is None:
        return await _sign_in(tx, deps, asked, request, "nobody fitting is signed in, or the sign-in is too old")
    refused = not await _may_open(tx, deps, asked.client, session)
    if not refused and session.acr < request.level(asked.client, session.realm):
        return await _sign_in(tx, deps, asked, request, "the level of the sign-in is too low", step_up=True)
    if not refused and not await _is_named(tx, asked.client, session):
        return await _sign_in(tx, deps, asked, request, "the name of the person is not proven", real_name=True)
    if not refused and await _must_ask(tx, asked.client, request, session):
        return await _ask(tx, deps, asked, request, session)
    await _record(tx, asked.client, session, refused=refused)
    if refused:
        return _as_answer(OAuthError("access_denied", "the person may not open this system"))
    return {"code": await _issue(tx, asked.client, request, session)}


async def _session(
    tx: AsyncConnection,
    deps: Dependencies,
    request: AuthorizationRequest,
    hinted: frozenset[str],
    cookies: Mapping[Realm, str],
) -> Session | None:
    """Returns the session that fits the request; None where somebody must sign in.

    Raises:
        OAuthError: `login_required`, somebody has just signed in, but not the person whom the client named.
    """
    others = []
    for realm in request.realms:
        if realm not in cookies:
            continue
        session = await sessions.usable(tx, deps.personal, realm, cookies[realm], clock.now())
        if session is None or request.needs_sign_in(session.auth_time, clock.now()):
            continue
        if hinted <= {session.person_id}:
            return session
        others.append(session.auth_time)
    if any(has_just_signed_in(auth_time, clock.now()) for auth_time in others):
        raise OAuthError("login_required", "another person has signed in than the client named")
    return None


async def _sign_in(
    tx: AsyncConnection,
    deps: Dependencies,
    asked: _Asked,
    request: AuthorizationRequest,
    why: str,
    *,
    step_up: bool = False,
    real_name: bool = False,
) -> SignInNeeded:
    request.require_page("login_required", why)
    continuation = await _continuation(tx, deps, asked)
    return SignInNeeded(request.realms, continuation, request.login_hint, request.ui_locales, step_up, real_name)


async def _is_named(tx: AsyncConnection, client: Client, session: Session) -> bool:
    level = client.real_name_level(session.realm)
    return not level or await public_persons.level_of(tx, session.person_id) >= level


async def _continuation(tx: AsyncConnection, deps: Dependencies, asked: _Asked) -> str:
    """Returns the address that the sign-in leads back to."""
    client_id, pairs = asked.client.client_id, after_sign_in(asked.pairs)
    if not asked.pushed:
        return authorize_address(pairs)
    request_uri = await let_wait(tx, deps.personal, client_id=client_id, pairs=pairs)
    return authorize_address([("client_id", client_id), ("request_uri", request_uri)])


async def _may_open(tx: AsyncConnection, deps: Dependencies, client: Client, session: Session) -> bool:
    subject = await persons.subject(tx, deps.personal, session.person_id, client.client_id, clock.today())
    return subject is not None and may_open(subject.person, client, has_role=bool(subject.roles))


async def _must_ask(tx: AsyncConnection, client: Client, request: AuthorizationRequest, session: Session) -> bool:
    if not client.third_party:  # which is most of them: the database need not be asked
        return False
    return must_ask(client, request, await consents.scopes_of(tx, session.person_id, client.client_id))


async def _ask(
    tx: AsyncConnection, deps: Dependencies, asked: _Asked, request: AuthorizationRequest, session: Session
) -> ConsentNeeded:
    """Keeps the request, without `prompt`, until the person has decided; the decision answers `prompt=consent`."""
    request.require_page("consent_required", "the person has to be asked first")
    client_id = asked.client.client_id
    pairs = [(name, value) for name, value in asked.pairs if name != "prompt"]
    return ConsentNeeded(
        client_id, await let_wait(tx, deps.personal, client_id=client_id, pairs=pairs, person_id=session.person_id)
    )


async def _issue(tx: AsyncConnection, client: Client, request: AuthorizationRequest, session: Session) -> str:
    now = clock.now()
    code = secrets.token_urlsafe(32)
    grant_id = uuid7()
    await grants.add_grant(
        tx,
        grant_id=grant_id,
        session=session,
        client_id=request.client_id,
        scope=request.scope,
        claims=request.claims.within(claims_of(client.scopes, third_party=client.third_party)),
        dpop_jkt=None,
        now=now,
    )
    await grants.add_code(
        tx,
        grant_id=grant_id,
        client_id=request.client_id,
        code_hash=sha256(code.encode()).digest(),
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        dpop_jkt=request.dpop_jkt,
        nonce=request.nonce,
        now=now,
        code_life=CODE_LIFE,
    )
    await sessions.note_seen(tx, session.session_id, now)
    return code


async def _record(tx: AsyncConnection, client: Client, session: Session, *, refused: bool) -> None:
    telemetry.mark(system_id=client.client_id, correlation_id=session.session_id)
    details: dict[str, Any] = {"client_id": client.client_id, "session_id": session.session_id}
    if refused:
        details["reason"] = "no-access"
    act = Act.GRANT_REFUSED if refused else Act.GRANT_ISSUED
    person = acting(session.person_id, session.session_id)
    await audit_log.append(tx, actor=person, act=act, subject=person.id, details=details)
