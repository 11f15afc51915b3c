"""A sign-in under way, for every use case that proves a part of it: all in the caller's transaction.

`begin` gives the random id that stands in the page's address; the store keeps its SHA-256. It counts only together with
the secret of the browser that began it, so that an address that was passed on opens nothing, and two tabs that sign in
at the same time do not disturb each other.
"""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method, level_of
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_in import sign_in_attempts
from pingshan_identity.usecases.sessions.shared import SignedIn, start_session


async def begin(
    tx: AsyncConnection, *, realm: Realm, browser: str, level: int, continuation: str, session_id: str | None = None
) -> str:
    """The new attempt's id. `session_id`: the session that a step-up raises."""
    attempt = secrets.token_urlsafe(24)
    await sign_in_attempts.add(
        tx,
        attempt_hash=_hash(attempt),
        browser_hash=_hash(browser),
        realm=realm,
        level=level,
        continuation=continuation,
        session_id=session_id,
        now=clock.now(),
    )
    return attempt


async def find(tx: AsyncConnection, *, attempt: str, browser: str) -> SignInAttempt:
    """The open attempt, locked until the commit.

    Raises:
        SignInAttemptExpired: unknown, another browser's, too old, or already a session.

    """
    found = await sign_in_attempts.find(tx, _hash(attempt[:100]), _hash(browser), clock.now())
    if found is None:
        raise SignInAttemptExpired
    return found


async def advance(
    tx: AsyncConnection, attempt: SignInAttempt, *, person_id: str, methods: Iterable[str]
) -> SignInAttempt:
    """The attempt after one more proof.

    Raises:
        SignInAttemptExpired: the proof is another person's.

    """
    if attempt.person_id not in {None, person_id}:
        raise SignInAttemptExpired
    amr = tuple(dict.fromkeys((*attempt.amr, *methods)))
    acr = level_of(amr)
    await sign_in_attempts.advance(tx, attempt, person_id=person_id, amr=amr, acr=acr)
    return replace(attempt, person_id=person_id, amr=amr, acr=acr)


async def finish(
    tx: AsyncConnection, personal: PersonalData, attempt: SignInAttempt, visitor: Visitor
) -> SignedIn | None:
    """The session, once the level is reached; None while a factor, or a password of the person's own, is missing.

    Raises:
        SignInAttemptExpired: it became a session in the meantime.

    """
    if attempt.person_id is None or not attempt.is_enough:
        return None
    if Method.PASSWORD in attempt.amr and await persons.must_change(tx, attempt.person_id):
        return None
    if not await sign_in_attempts.use_up(tx, attempt, clock.now()):
        raise SignInAttemptExpired
    return await start_session(tx, personal, attempt, visitor)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
