"""Sends a browser to an upstream, to sign in or to link the upstream to who is signed in."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.sign_in.upstream import KeptVisit, Purpose, Visit
from pingshan_identity.store.sign_in.upstreams import keep_visit
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import recent_session


@dataclass(frozen=True, slots=True)
class BeginUpstream:
    provider: str
    """Code of the upstream."""
    purpose: Purpose
    browser: str = field(repr=False)
    continuation: str
    language: str
    in_wecom: bool
    """Whether the browser is WeCom's own."""


async def begin_upstream(deps: Dependencies, actor: Actor, command: BeginUpstream) -> str:
    """Returns the address at the upstream that the browser goes to.

    Raises:
        UpstreamUnknown, UpstreamAway, UpstreamAnswerRefused.
        SessionNotFound, SignInTooOld: linking needs a fresh sign-in.
    """
    client = deps.upstreams.get(command.provider)
    visit = Visit(*(secrets.token_urlsafe(32) for _ in range(3)))
    address = await client.address(visit, language=command.language, in_wecom=command.in_wecom)
    async with deps.database.begin() as tx:
        person_id = None
        if command.purpose is Purpose.LINK:
            session = await recent_session(tx, deps.personal, actor)
            client.upstream.require_realm(session.realm)
            person_id = session.person_id
        kept = KeptVisit(command.purpose, visit.nonce, visit.verifier, person_id, command.continuation)
        await keep_visit(
            tx,
            state_hash=sha256(visit.state.encode()).digest(),
            browser_hash=sha256(command.browser.encode()).digest(),
            provider=command.provider,
            visit=kept,
            now=clock.now(),
        )
    return address
