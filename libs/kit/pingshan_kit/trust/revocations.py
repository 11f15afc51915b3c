"""Dead sessions, dead grants, withdrawn signing keys: told by a stream of identity, asked for in its silence.

Own code: no library for shared signals (OpenID CAEP) speaks NATS or says what to do while nothing is heard.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import grpc
from pingshan_events.identity import GrantEnded, SessionEnded, SigningKeyWithdrawn
from pingshan_values.actor import Actor
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from pingshan_kit.errors import Unauthenticated, Unavailable
from pingshan_kit.logging import log

SILENCE = 1.5
"""Seconds after the sending of a heartbeat for which it is relied on: with the clocks' difference, less than the two
seconds in which the end of a session is known everywhere."""

CLOCKS_APART = 0.25
"""Seconds by which a heartbeat may be ahead of our clock; one that is further ahead is not believed."""

_REMEMBERED = 43_200.0
"""Seconds: the longest life of a session, as long as the stream keeps its messages."""

_ANSWER_LASTS = 1.0
"""Seconds after the question for which an answer of IntrospectToken stands."""

Introspect = Callable[[str, str | None], Awaitable[bool]]
"""Tells whether a session, and the grant within it where one is named, is alive."""


async def nobody_to_ask(_session_id: str, _grant_id: str | None) -> bool:
    """Raises Unavailable: a process that has named nobody to ask cannot tell whether a session is alive."""
    raise Unavailable(part="identity")


class Heartbeat(BaseModel):
    """States that all that ended or was withdrawn before `sent_at` is told of in the stream, up to `positions`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sent_at: int = Field(description="nanoseconds since 1970; each beat's is higher than the one's before")
    stream_created_at: AwareDatetime | None = None
    positions: dict[str, int] = Field(description="subject → sequence of its last event in the stream; 0: none")


class Revocations:
    """Refuses dead sessions within 2 s of their end, and whatever nobody can say that it is alive."""

    def __init__(self) -> None:
        self._beat: Heartbeat | None = None
        self._read: dict[str, tuple[datetime, int]] = {}
        self._dead: dict[str, float] = {}
        self._dead_grants: dict[str, float] = {}
        self._withdrawn: set[str] = set()
        self._answers: dict[tuple[str, str | None], tuple[float, bool]] = {}
        self._sent_at = float("-inf")
        self.introspect: Introspect = nobody_to_ask
        """Tells whether a session is alive while the stream is not relied on: the process sets the call to identity,
        and identity itself a look into its own tables."""

    async def ended(self, event: SessionEnded) -> None:
        """Notes a dead session, as the handler of the watch on `identity.session.ended.v1`."""
        self._forget_old()
        self._dead[event.session_id] = time.monotonic()

    async def grant_ended(self, event: GrantEnded) -> None:
        """Notes a dead grant, as the handler of the watch on `identity.grant.ended.v1`."""
        self._forget_old()
        self._dead_grants[event.grant_id] = time.monotonic()

    async def key_withdrawn(self, event: SigningKeyWithdrawn) -> None:
        """Notes a withdrawn key, for as long as the process lives: the handler of its watch."""
        self._withdrawn.add(event.kid)

    def is_withdrawn(self, kid: str) -> bool:
        return kid in self._withdrawn

    def has_read(self, subject: str, stream_created_at: datetime, sequence: int) -> None:
        """Notes how far a watch has read."""
        self._read[subject] = (stream_created_at, sequence)

    async def heartbeat(self, data: bytes) -> None:
        """Notes a heartbeat, whose signature was checked; passes over one that is old, repeated or of the future."""
        try:
            beat = Heartbeat.model_validate_json(data)
        except ValidationError:
            log.error("heartbeat.unreadable")
            return
        age = (time.time_ns() - beat.sent_at) / 1e9
        if self._beat is not None and beat.sent_at <= self._beat.sent_at:
            return
        if not -CLOCKS_APART <= age <= SILENCE:
            log.warning("heartbeat.not_of_now", seconds=round(age, 3))
            return
        self._beat, self._sent_at = beat, time.monotonic() - max(age, 0.0)

    @property
    def informed(self) -> bool:
        """Returns whether all that ended or was withdrawn before the last 1.5 s is known here."""
        if self._beat is None or time.monotonic() - self._sent_at > SILENCE:
            return False
        return all(self._has_read_to(subject, position) for subject, position in self._beat.positions.items())

    def _has_read_to(self, subject: str, position: int) -> bool:
        created, sequence = self._read.get(subject, (None, -1))
        return self._beat is not None and created == self._beat.stream_created_at and sequence >= position

    def knows_dead(self, session_id: str) -> bool:
        return session_id in self._dead

    async def refuse_dead(self, actor: Actor) -> None:
        """Raises Unauthenticated for a dead session or grant; Unavailable while nobody can tell."""
        session_id = actor.session_id
        if session_id is None:
            return
        if self.knows_dead(session_id) or actor.grant_id in self._dead_grants:
            raise Unauthenticated
        if not self.informed and not await self._alive(session_id, actor.grant_id):
            raise Unauthenticated

    async def _alive(self, session_id: str, grant_id: str | None) -> bool:
        asked_at, alive = self._answers.get((session_id, grant_id), (0.0, False))
        if time.monotonic() - asked_at < _ANSWER_LASTS:
            return alive
        asked_at = time.monotonic()
        try:
            alive = await self.introspect(session_id, grant_id)
        except (grpc.aio.AioRpcError, Unavailable) as error:
            raise Unavailable(part="identity") from error
        self._answers[session_id, grant_id] = (asked_at, alive)
        return alive

    def _forget_old(self) -> None:
        oldest = time.monotonic() - _REMEMBERED
        if len(self._answers) > 10_000:
            self._answers.clear()
        for dead in (self._dead, self._dead_grants):
            while dead and next(iter(dead.values())) < oldest:
                dead.pop(next(iter(dead)))
