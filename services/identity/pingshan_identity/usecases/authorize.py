"""Answer an authorization request: a code, a sign-in page, or an error for the client (RFC 6749 section 4.1)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pingshan_kit import clock, records, telemetry
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import may_open
from pingshan_identity.domain.assurance import level_needed
from pingshan_identity.domain.authorization import CODE_LIFE, AuthorizationRequest, read_request
from pingshan_identity.domain.client import Client
from pingshan_identity.domain.continuation import after_sign_in
from pingshan_identity.domain.errors import ClientUnknown, RedirectUriMismatch
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.parameters import Parameters
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.session import Session
from pingshan_identity.domain.sign_in_record import Act
from pingshan_identity.store import clients, grants, persons, sessions
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.resume_session import usable_session


@dataclass(frozen=True, slots=True)
class BackToClient:
    """Redirect to the client, with a code or an error in the query."""

    location: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInNeeded:
    realms: tuple[Realm, ...]
    continuation: str
    login_hint: str | None = field(repr=False)
    ui_locales: str | None
    step_up: bool
    """Somebody is signed in; only the level is missing."""


class _Missing(Enum):
    SIGN_IN = auto()
    LEVEL = auto()
    """The session's assurance level is too low."""


async def authorize(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    *,
    issuer: str,
    query: str,
    cookies: Mapping[Realm, str],
) -> BackToClient | SignInNeeded:
    """Check the request, find the session, issue a code.

    Raises:
        ClientUnknown, RedirectUriMismatch: shown on a page, never redirected.

    """
    pairs = parse_qsl(query, keep_blank_values=True)
    del actor  # the session in the cookie says who acts
    async with database.read() as tx:
        client, redirect_uri = await _trusted_target(tx, pairs)
    parameters = Parameters(pairs)
    answer = {"iss": issuer} | ({"state": state} if (state := _single(pairs, "state")) else {})
    try:
        request = read_request(client, parameters)
        outcome = await _grant(database, personal, client, request, cookies)
    except OAuthError as error:
        return BackToClient(
            with_query(redirect_uri, {"error": error.code, "error_description": error.description} | answer)
        )
    if isinstance(outcome, _Missing):
        return SignInNeeded(
            request.realms,
            after_sign_in(query),
            request.login_hint,
            parameters.get("ui_locales"),
            step_up=outcome is _Missing.LEVEL,
        )
    return BackToClient(with_query(redirect_uri, {"code": outcome} | answer))


def with_query(uri: str, parameters: Mapping[str, str]) -> str:
    """The URI with parameters added to the query that it may already have."""
    parts = urlsplit(uri)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit(parts._replace(query=query))


async def _trusted_target(tx: AsyncConnection, pairs: Sequence[tuple[str, str]]) -> tuple[Client, str]:
    client = await clients.get(tx, (_single(pairs, "client_id") or "")[:100])
    if client is None:
        raise ClientUnknown
    redirect_uri = _single(pairs, "redirect_uri")
    if redirect_uri is None:
        raise RedirectUriMismatch(client_id=client.client_id)
    client.require_redirect_uri(redirect_uri)
    return client, redirect_uri


def _single(pairs: Sequence[tuple[str, str]], name: str) -> str | None:
    """The value; None where it was left out or sent more than once, so that nobody can be trusted with the answer."""
    values = [value for key, value in pairs if key == name and value]
    return values[0] if len(values) == 1 else None


async def _grant(
    database: Database,
    personal: PersonalData,
    client: Client,
    request: AuthorizationRequest,
    cookies: Mapping[Realm, str],
) -> "str | _Missing":
    """A code, or what must come first."""
    async with database.begin() as tx:
        session = await _session(tx, personal, request, cookies)
        if session is None:
            if "none" in request.prompt:
                raise OAuthError("login_required", "nobody is signed in, or the sign-in is too old")
            return _Missing.SIGN_IN
        refused = not await _may_open(tx, personal, client, session)
        if not refused and session.acr < level_needed(session.realm, system=client.required_level, asked=request.acr):
            if "none" in request.prompt:
                raise OAuthError("login_required", "the level of the sign-in is too low for this system")
            return _Missing.LEVEL
        await _record(tx, client, session, refused=refused)
        if not refused:
            return await _issue(tx, request, session)
    raise OAuthError("access_denied", "the person may not open this system")


async def _session(
    tx: AsyncConnection, personal: PersonalData, request: AuthorizationRequest, cookies: Mapping[Realm, str]
) -> Session | None:
    for realm in request.realms:
        if realm in cookies:
            session = await usable_session(tx, personal, realm, cookies[realm])
            if session is not None and not request.needs_sign_in(session.auth_time, clock.now()):
                return session
    return None


async def _may_open(tx: AsyncConnection, personal: PersonalData, client: Client, session: Session) -> bool:
    subject = await persons.subject(tx, personal, session.person_id, client.client_id, clock.today())
    return subject is not None and may_open(subject.person, client, has_role=bool(subject.roles))


async def _issue(tx: AsyncConnection, request: AuthorizationRequest, session: Session) -> str:
    now = clock.now()
    code = secrets.token_urlsafe(32)
    await grants.add(
        tx,
        grant_id=uuid7(),
        session_id=session.session_id,
        client_id=request.client_id,
        scope=request.scope,
        code_hash=sha256(code.encode()).digest(),
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
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
    await records.append(tx, actor=person, act=act, subject=person.id, details=details)
