"""The heartbeat by which everybody knows how far identity's stream of what ended or was withdrawn must be read."""

import time
from contextlib import suppress
from datetime import datetime

import asyncpg
import nats.errors
from nats.aio.client import Client
from pingshan_events.edges import STREAMS
from pingshan_events.identity import GrantEnded, SessionEnded, SigningKeyWithdrawn

from pingshan_kit.events import event_log
from pingshan_kit.events.event_log import Stored
from pingshan_kit.events.leadership import Leadership
from pingshan_kit.events.signatures import HEARTBEAT, Signer
from pingshan_kit.trust.revocations import Heartbeat

REVOCATION_STREAM = next(stream for stream in STREAMS if SessionEnded.subject in stream.subjects)
REVOCATION_SUBJECTS = [SessionEnded.subject, GrantEnded.subject, SigningKeyWithdrawn.subject]

_WAITING = "SELECT EXISTS (SELECT FROM outbox WHERE subject = ANY($1::text[]))"


class Heart:
    """Beats for the relay that leads, while every session that ended before the beat has been told of."""

    def __init__(self, signer: Signer, seconds: float) -> None:
        self._signer = signer
        self.seconds = seconds
        self._stream_created_at: datetime | None = None
        self._positions: dict[str, int] = {}

    async def begin(self, connection: asyncpg.Connection, created: datetime) -> None:
        """Learns how far the stream goes, once it holds all that it should."""
        self._positions = await event_log.last_sequences(connection, REVOCATION_STREAM, created, REVOCATION_SUBJECTS)
        self._stream_created_at = created

    def stop(self) -> None:
        """Beats no more until `begin`: another may lead, or the stream may be a new one."""
        self._stream_created_at = None

    def note(self, stored: list[Stored]) -> None:
        """Notes events that JetStream has acknowledged."""
        for each in stored:
            if each.subject in self._positions and each.stream_created_at == self._stream_created_at:
                self._positions[each.subject] = max(self._positions[each.subject], each.sequence)

    async def beat(self, leadership: Leadership, client: Client) -> None:
        """Beats, unless an ended session waits in the outbox. Its time is before that look: a frozen beat is old."""
        sent_at = time.time_ns()
        async with leadership.session() as connection:
            waiting = await connection.fetchval(_WAITING, REVOCATION_SUBJECTS)
            created, positions = self._stream_created_at, dict(self._positions)
        if waiting or created is None or not client.is_connected:
            return
        beat = Heartbeat(sent_at=sent_at, stream_created_at=created, positions=positions)
        payload = beat.model_dump_json().encode()
        with suppress(nats.errors.Error):
            await client.publish(HEARTBEAT, payload, headers=self._signer.headers(HEARTBEAT, "", payload))
