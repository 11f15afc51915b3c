"""Answers an authorization request with a code, a page for the person, or an error for the client (RFC 6749 section
4.1).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pingshan_kit import audit_log, clock, telemetry
from pingshan_kit.ids import uuid7

from pingshan_identity.clients.tokens import ID_TOKEN
from pingshan_identity.domain.access import may_open
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.consents.consent import must_ask
from pingshan_identity.domain.errors import AuthorizationRequestSpent
from pingshan_identity.domain.oauth.authorization import CODE_LIFE, AuthorizationRequest, read_request
from pingshan_identity.domain.oauth.claims import claims_of
from pingshan_identity.domain.oauth.holder import Holder
from pingshan_identity.domain.oauth.parameters import single
from pingshan_identity.domain.oauth.subject_identifier import subject_of
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions import cookie_value
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.domain.sign_in.continuation import after_sign_in, authorize_address, has_just_signed_in
from pingshan_identity.store.authorization_requests import pushed_requests
from pingshan_identity.store.authorization_requests.pushed_requests import Waiting
from pingshan_identity.store.consents import consents
from pingshan_identity.store.oauth.code_flow import NewCode
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.authorization_requests.asked_requests import Asked, asked_request
from pingshan_identity.usecases.authorization_requests.waiting_requests import let_wait, wait_on
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorization_outcomes import BackToClient, ConsentNeeded, SignInNeeded


@dataclass(frozen=True, slots=True)
class Authorize:
    query: str = field(repr=False)
    cookies: Mapping[Realm, str] = field(repr=False)


async def authorize(deps: Dependencies, command: Authorize) -> BackToClient | SignInNeeded | ConsentNeeded:
    """Returns an answer with a code or an OAuth error, or the page that the person must see first.

    A request that waits under a `request_uri` is used up by its answer, once, however often it was opened before (RFC
    9126 section 4).

    Raises:
        ClientMissing, ClientUnknown, ClientDisabled, RedirectUriMissing, RedirectUriMismatch, RequestUriNotSupported,
            AuthorizationRequestSpent: shown on a page, never told to the client.
    """
    asked = await asked_request(deps, command.query)
    answer = {"iss": deps.signer.issuer} | ({"state": state} if (state := single(asked.pairs, "state")) else {})
    try:
        request = _request(asked)
        outcome = await _outcome(deps, asked, request, _hinted(deps, request), command.cookies)
    except OAuthError as error:
        await _use_up(deps, asked)
        outcome = _as_answer(error)
    if not isinstance(outcome, dict):
        return outcome
    return BackToClient(asked.client, asked.redirect_uri, asked.response_mode, outcome | answer)


def _request(asked: Asked) -> AuthorizationRequest:
    if asked.refused is not None:
        raise asked.refused
    return read_request(asked.client, asked.parameters, pushed=asked.pushed)


def _as_answer(error: OAuthError) -> dict[str, str]:
    return {"error": error.code, "error_description": error.description}


def _hinted(deps: Dependencies, request: AuthorizationRequest) -> frozenset[str]:
    """Returns whom the client names by `id_token_hint` or the claim `sub`; the session must be each one's."""
    named = {request.claims.subject} - {None}
    if request.id_token_hint is not None:
        try:
            named.add(deps.signer.read(request.id_token_hint, ID_TOKEN).get("sub", ""))
        except OAuthError as error:
            raise OAuthError("invalid_request", "id_token_hint is not an ID token of ours") from error
    return frozenset(str(name) for name in named)


async def _outcome(
    deps: Dependencies,
    asked: Asked,
    request: AuthorizationRequest,
    hinted: frozenset[str],
    cookies: Mapping[Realm, str],
) -> dict[str, str] | SignInNeeded | ConsentNeeded:
    """Returns a code or a refusal for the client, or what the person must do first."""
    client = asked.client
    visitor = await _visitor(deps, client, request, hinted, cookies)
    if visitor is None:
        return await _sign_in(deps, asked, request, "nobody fitting is signed in, or the sign-in is too old")
    session, subject = visitor.session, visitor.subject
    if subject is None or not may_open(subject.person, client, has_role=bool(subject.roles)):
        details = _details(client, session) | {"reason": "no-access"}
        person = acting(session.person_id, session.session_id)
        await deps.recorder.record(actor=person, act=Act.GRANT_REFUSED, subject=person.id, details=details)
        raise OAuthError("access_denied", "the person may not open this system")
    if session.acr < request.level(client, session.realm):
        return await _sign_in(deps, asked, request, "the level of the sign-in is too low", step_up=True)
    if visitor.real_name_level < client.real_name_level(session.realm):
        return await _sign_in(deps, asked, request, "the name of the person is not proven", real_name=True)
    if await _must_ask(deps, asked, request, session):
        return await _ask(deps, asked, request, session)
    await _use_up(deps, asked)
    return {"code": await _issue(deps, client, request, session)}


async def _visitor(
    deps: Dependencies,
    client: Client,
    request: AuthorizationRequest,
    hinted: frozenset[str],
    cookies: Mapping[Realm, str],
) -> Holder | None:
    """Returns the session that fits the request, with its person; None where somebody must sign in.

    Whom the client named, it named as it knows them: by no other name does it learn whether somebody is signed in.

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
        if hinted <= {subject_of(client, found.session.person_id, deps.personal.index)}:
            return found
        others.append(found.session.auth_time)
    if any(has_just_signed_in(auth_time, clock.now()) for auth_time in others):
        raise OAuthError("login_required", "another person has signed in than the client named")
    return None


async def _sign_in(
    deps: Dependencies,
    asked: Asked,
    request: AuthorizationRequest,
    why: str,
    *,
    step_up: bool = False,
    real_name: bool = False,
) -> SignInNeeded:
    request.require_page("login_required", why)
    continuation = await _continuation(deps, asked, request)
    return SignInNeeded(request.realms, continuation, request.login_hint, request.ui_locales, step_up, real_name)


async def _continuation(deps: Dependencies, asked: Asked, request: AuthorizationRequest) -> str:
    """Returns the address that the sign-in leads back to."""
    pairs = asked.pairs
    if request.max_age is not None and asked.parameters.get("max_age") is None:
        pairs = [*pairs, ("max_age", str(request.max_age))]  # as registered; what follows the sign-in is told of it
    pairs = after_sign_in(pairs, clock.now())
    if not asked.stays_out_of_addresses:
        return authorize_address(pairs)
    request_uri = await _let_wait(deps, asked, Waiting(tuple(pairs), None))
    return authorize_address([("client_id", asked.client.client_id), ("request_uri", request_uri)])


async def _let_wait(deps: Dependencies, asked: Asked, waiting: Waiting) -> str:
    """Returns the `request_uri` under which the request waits for its person: its own where it has one, so that a
    reload or a second tab finds it as well.
    """
    async with deps.database.begin() as tx:
        if asked.request_uri is None:
            return await let_wait(tx, deps.personal, client_id=asked.client.client_id, waiting=waiting)
        await wait_on(tx, deps.personal, request_uri=asked.request_uri, waiting=waiting)
        return asked.request_uri


async def _use_up(deps: Dependencies, asked: Asked) -> None:
    """Uses the waiting request up for its answer. Raises AuthorizationRequestSpent where somebody was faster."""
    if asked.request_uri is None:
        return
    client_id, now = asked.client.client_id, clock.now()
    async with deps.database.begin() as tx:
        taken = await pushed_requests.take(
            tx, deps.personal, request_uri=asked.request_uri, client_id=client_id, now=now
        )
    if taken is None:
        raise AuthorizationRequestSpent(client_id=client_id)


async def _must_ask(deps: Dependencies, asked: Asked, request: AuthorizationRequest, session: Session) -> bool:
    client, person_id, given = asked.client, session.person_id, None
    if client.third_party:  # which few are: of all others the database need not be asked
        async with deps.database.read() as tx:
            given = await consents.given(tx, person_id, client.client_id)
    return must_ask(client, request, given, has_just_allowed=asked.allowed_by == person_id)


async def _ask(deps: Dependencies, asked: Asked, request: AuthorizationRequest, session: Session) -> ConsentNeeded:
    """Keeps the request, without `prompt`, until the person has decided; the decision answers `prompt=consent`."""
    request.require_page("consent_required", "the person has to be asked first")
    pairs = tuple((name, value) for name, value in asked.pairs if name != "prompt")
    return ConsentNeeded(asked.client.client_id, await _let_wait(deps, asked, Waiting(pairs, session.person_id)))


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
