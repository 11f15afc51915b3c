"""Periodic work."""

from collections.abc import Sequence
from datetime import timedelta

from pingshan_kit.jobs import Periodic
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.usecases.end_expired_sessions import end_expired_sessions
from pingshan_identity.usecases.forget_spent import forget_spent
from pingshan_identity.usecases.rotate_keys import rotate_keys
from pingshan_identity.usecases.tools import Tools

_ITSELF = Actor(kind=ActorKind.SERVICE, service="identity")


def periodic(tools: Tools) -> Sequence[Periodic]:
    async def end_expired() -> None:
        await end_expired_sessions(_ITSELF, tools.database)

    async def forget() -> None:
        await forget_spent(_ITSELF, tools.database)

    async def rotate() -> None:
        await rotate_keys(_ITSELF, tools.database, tools.personal)

    return (
        Periodic("end-expired-sessions", timedelta(minutes=1), end_expired),
        Periodic("forget-spent", timedelta(minutes=10), forget),
        Periodic("rotate-keys", timedelta(hours=1), rotate),
    )
