"""Send a browser to an upstream: to sign in, or to link it to who is signed in."""

import secrets
from hashlib import sha256

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.clients.upstreams import Upstreams
from pingshan_identity.domain.errors import UpstreamUnknown
from pingshan_identity.domain.sign_in.upstream import Purpose, Visit
from pingshan_identity.store.sign_in.upstreams import KeptVisit, keep_visit
from pingshan_identity.usecases.sessions.recent_sign_in import require_recent


async def begin_upstream(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    upstreams: Upstreams,
    *,
    provider: str,
    purpose: Purpose,
    browser: str,
    continuation: str,
    language: str,
    in_wecom: bool,
) -> str:
    """The address to go to. `in_wecom`: the browser is WeCom's own.

    Raises:
        UpstreamUnknown, UpstreamAway, UpstreamAnswerRefused.
        SessionNotFound, SignInTooOld: linking needs a fresh sign-in.

    """
    client = upstreams.get(provider)
    visit = Visit(*(secrets.token_urlsafe(32) for _ in range(3)))
    address = await client.address(visit, language=language, in_wecom=in_wecom)
    async with database.begin() as tx:
        person_id = None
        if purpose is Purpose.LINK:
            session = await require_recent(tx, personal, actor)
            if session.realm is not client.upstream.realm:
                raise UpstreamUnknown
            person_id = session.person_id
        kept = KeptVisit(purpose, visit.nonce, visit.verifier, person_id, continuation)
        await keep_visit(
            tx,
            state_hash=sha256(visit.state.encode()).digest(),
            browser_hash=sha256(browser.encode()).digest(),
            provider=provider,
            visit=kept,
            now=clock.now(),
        )
    return address
