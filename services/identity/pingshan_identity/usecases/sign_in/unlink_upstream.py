"""Unlinks an upstream, so that it is no way to sign in."""

from dataclasses import dataclass

from pingshan_kit import audit_log
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import NoSuchFactor
from pingshan_identity.store.sign_in import upstreams
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import recent_session


@dataclass(frozen=True, slots=True)
class UnlinkUpstream:
    provider: str
    """Code of the upstream."""


async def unlink_upstream(deps: Dependencies, actor: Actor, command: UnlinkUpstream) -> None:
    """Removes the link; the real-name level stays. Raises SessionNotFound, SignInTooOld, or NoSuchFactor where there is
    none.
    """
    async with deps.database.begin() as tx:
        session = await recent_session(tx, deps.personal, actor)
        if not await upstreams.unlink(tx, command.provider, session.person_id):
            raise NoSuchFactor
        await audit_log.append(
            tx,
            actor=actor,
            act=Act.FACTOR_REMOVED,
            subject=actor.id,
            details={"method": "fed", "upstream": command.provider},
        )
