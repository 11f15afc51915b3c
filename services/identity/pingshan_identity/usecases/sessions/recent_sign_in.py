"""What changes the ways into an account needs a sign-in of the last minutes."""

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.errors import SessionNotFound, SignInTooOld
from pingshan_identity.domain.factors.passkey import is_recent
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.sessions import sessions


async def own_session(tx: AsyncConnection, personal: PersonalData, actor: Actor) -> Session:
    """Raises SessionNotFound: nobody is signed in."""
    session = await sessions.get(tx, personal, actor.session_id) if actor.session_id else None
    if session is None or session.person_id != actor.person_id or not session.is_alive(clock.now()):
        raise SessionNotFound
    return session


async def require_recent(tx: AsyncConnection, personal: PersonalData, actor: Actor) -> Session:
    """Raises SessionNotFound, or SignInTooOld after five minutes."""
    session = await own_session(tx, personal, actor)
    if not is_recent(session.auth_time, clock.now()):
        raise SignInTooOld
    return session
