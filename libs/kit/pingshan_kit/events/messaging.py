"""A connection to NATS that never gives up, and how subjects and names are derived from the service."""

import asyncio

from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client

from pingshan_kit import redaction
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings

_RECONNECT_SECONDS = 1


class NatsClosedError(redaction.Sayable):
    """The client closed for good (the server refused it, or somebody closed it): the process must end."""


def inbox_prefix(service: str) -> str:
    """Returns the subject below which answers and deliveries for this service arrive, and for nobody else."""
    return f"_INBOX.{service}"


def wake_subject(service: str) -> str:
    """Returns the core NATS subject on which a replica tells the one with the relay's lock that the outbox has rows."""
    return f"relay.{service}.wake"


def end_where_cancelled() -> None:
    """Raises CancelledError where this task was cancelled and nobody noticed.

    nats-py waits with `asyncio.wait_for`, which up to Python 3.11 loses a cancellation that arrives together with the
    answer: a loop around it would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Link:
    """Keeps one connection for one part of a process. While NATS is away it is `degraded`, never an error."""

    def __init__(self, settings: ServiceSettings, part: str) -> None:
        self._settings = settings
        self._part = part
        self._closed = asyncio.Event()
        self.broker: NatsBroker | None = None

    @property
    def client(self) -> Client | None:
        """Returns the connection below the broker; None before the first one."""
        return self.broker.connection if self.broker is not None else None

    @property
    def degraded(self) -> bool:
        return self.client is None or not self.client.is_connected

    async def connect(self) -> NatsBroker:
        """Connects and returns the broker; waits while NATS is away. Raises MissingSecret."""
        settings = self._settings
        broker = NatsBroker(
            settings.nats_url,
            security=SASLPlaintext(settings.service, settings.secret("nats_password")),
            name=f"{settings.service}/{self._part}",
            logger=None,
            inbox_prefix=inbox_prefix(settings.service).encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RECONNECT_SECONDS,
            connect_timeout=5,
            ping_interval=10,
            error_cb=self._error,
            disconnected_cb=self._disconnected,
            closed_cb=self._on_closed,
        )
        await broker.connect()
        self.broker = broker
        return broker

    async def watch_closed(self) -> None:
        """Raises NatsClosedError once the client is closed; a closed client would leave its users waiting for ever."""
        await self._closed.wait()
        raise NatsClosedError(f"{self._settings.service}/{self._part}")

    async def close(self) -> None:
        if self.client is not None:
            await self.client.close()

    async def _on_closed(self) -> None:
        self._closed.set()

    async def _disconnected(self) -> None:
        log.warning("nats.disconnected", part=self._part)

    async def _error(self, error: Exception) -> None:
        log.warning("nats.failed", part=self._part, error=redaction.summary(error))
