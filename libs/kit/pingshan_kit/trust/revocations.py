"""Dead sessions and grants, in memory: told by a stream of identity, and asked for where the stream is silent.

Own code: no library for shared signals (OpenID CAEP) speaks NATS or says what to do while nothing is heard.
"""

import time
from collections.abc import Awaitable, Callable

import grpc
from pingshan_events.identity import GrantEnded, SessionEnded
from pingshan_values.actor import Actor

from pingshan_kit.errors import Unauthenticated, Unavailable
from pingshan_kit.logging import log

HEARTBEAT = "identity.heartbeat"
"""Core NATS subject; identity publishes on it every second."""

SILENCE = 5.0
"""Seconds without a heartbeat after which the stream is not relied on."""

_REMEMBERED = 43_200.0
"""Seconds: the longest life of a session, as long as the stream keeps its messages."""

_ANSWER_LASTS = 1.0
"""Seconds for which an answer of IntrospectToken stands."""

Introspect = Callable[[str, str | None], Awaitable[bool]]
"""Tells whether a session, and the grant within it where one is named, is alive."""


async def nobody_to_ask(_session_id: str, _grant_id: str | None) -> bool:
    """Raises Unavailable: a process that has named nobody to ask cannot tell whether a session is alive."""
    raise Unavailable(part="identity")


class Revocations:
    """Refuses dead sessions within 2 s of their end; refuses writes where nobody can say whether they are dead."""

    def __init__(self) -> None:
        self._dead: dict[str, float] = {}
        self._dead_grants: dict[str, float] = {}
        self._answers: dict[tuple[str, str | None], tuple[float, bool]] = {}
        self._heard_at = 0.0
        self.introspect: Introspect = nobody_to_ask
        """Tells whether a session is alive while the stream is silent: the process sets the call to identity, and
        identity itself a look into its own tables."""

    async def ended(self, event: SessionEnded) -> None:
        """Notes a dead session, as the handler of the watch on `identity.session.ended.v1`."""
        self._forget_old()
        self._dead[event.session_id] = time.monotonic()

    async def grant_ended(self, event: GrantEnded) -> None:
        """Notes a dead grant, as the handler of the watch on `identity.grant.ended.v1`."""
        self._forget_old()
        self._dead_grants[event.grant_id] = time.monotonic()

    async def heartbeat(self, _data: bytes = b"") -> None:
        """Notes that identity and NATS are there: the stream is relied on for the next five seconds."""
        self._heard_at = time.monotonic()

    @property
    def silent(self) -> bool:
        return time.monotonic() - self._heard_at > SILENCE

    def knows_dead(self, session_id: str) -> bool:
        return session_id in self._dead

    async def refuse_dead(self, actor: Actor, *, writes: bool) -> None:
        """Raises Unauthenticated for a dead session or grant; Unavailable for a write while nobody can tell."""
        session_id = actor.session_id
        if session_id is None:
            return
        if self.knows_dead(session_id) or actor.grant_id in self._dead_grants:
            raise Unauthenticated
        if self.silent and not await self._alive(session_id, actor.grant_id, writes=writes):
            raise Unauthenticated

    async def _alive(self, session_id: str, grant_id: str | None, *, writes: bool) -> bool:
        asked_at, alive = self._answers.get((session_id, grant_id), (0.0, False))
        if time.monotonic() - asked_at < _ANSWER_LASTS:
            return alive
        try:
            alive = await self.introspect(session_id, grant_id)
        except (grpc.aio.AioRpcError, Unavailable) as error:
            if writes:
                raise Unavailable(part="identity") from error
            log.warning("session.unchecked", session_id=session_id)
            return True
        self._answers[session_id, grant_id] = (time.monotonic(), alive)
        return alive

    def _forget_old(self) -> None:
        oldest = time.monotonic() - _REMEMBERED
        if len(self._answers) > 10_000:
            self._answers.clear()
        for dead in (self._dead, self._dead_grants):
            while dead and next(iter(dead.values())) < oldest:
                dead.pop(next(iter(dead)))
