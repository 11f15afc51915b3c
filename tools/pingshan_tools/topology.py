"""Makes the streams of `edges.yaml`: a deploy step, done as `admin`. Services upsert their own durables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats.errors
from nats.aio.client import Client
from nats.js.api import ConsumerInfo, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError, ServerError

from pingshan_tools.edges import Edges, Stream

Refused = (OSError, nats.errors.Error)
"""What is raised where NATS is away, does not answer or says no."""

_CONNECT_SECONDS = 5
_PAUSE_SECONDS = 1
_NO_STORAGE = 10047
"""JetStream's error code where its reservations would exceed its limit."""

_DUPLICATE_WINDOW = 120
"""Seconds in which a second publish with the same Nats-Msg-Id is dropped."""


async def make_streams(url: str, *, user: str, password: str, edges: Edges) -> None:
    """Makes missing streams and updates the others; never deletes one, but watches that `delivers_astray`.

    Raises what `Refused` names.
    """
    async with connected(url, user=user, password=password) as client:
        for stream in edges.streams:
            await _make(client, stream)
            for astray in [each async for each in consumers(client, stream.name) if delivers_astray(each)]:
                await client.jetstream().delete_consumer(stream.name, astray.name)


@asynccontextmanager
async def connected(url: str, *, user: str, password: str) -> AsyncIterator[Client]:
    """Yields a connection for a command that somebody waits for: tried twice, silent, and once lost not made again.

    Raises what `Refused` names.
    """
    client = Client()
    await client.connect(
        url,
        user=user,
        password=password,
        error_cb=_silent,
        connect_timeout=_CONNECT_SECONDS,
        allow_reconnect=False,  # else one that is lost amid a command is waited for, for two minutes
        max_reconnect_attempts=1,  # without it a first connection is tried sixty times, reconnecting allowed or not
        reconnect_time_wait=_PAUSE_SECONDS,
    )
    try:
        yield client
    finally:
        await client.close()


def reason(error: Exception) -> str:
    """Returns what NATS said, in a line for people."""
    if isinstance(error, ServerError) and error.err_code == _NO_STORAGE:
        return "it may not reserve what edges.yaml declares; set max_file_store (docs/how-to/outside-servers.md)"
    return str(error).removeprefix("nats: ") or type(error).__name__


async def _silent(_error: Exception) -> None:
    """Keeps nats-py from printing the traceback of what is raised as well."""


async def consumers(client: Client, stream: str) -> AsyncIterator[ConsumerInfo]:
    """Yields each consumer of the stream once. Raises NotFoundError where there is no such stream."""
    names: set[str] = set()
    while page := await client.jetstream().consumers_info(stream, offset=len(names)):
        new = [each for each in page if each.name not in names]
        if not new:
            break
        for each in new:
            yield each
        names |= {each.name for each in new}


def delivers_astray(consumer: ConsumerInfo) -> bool:
    """Returns whether a watch delivers to where no service listens: somebody has NATS's server speak in another's name.

    Where a stream takes what arrives, it counts as a listener, and the watch never ends by itself.
    """
    to = consumer.config.deliver_subject
    return to is not None and not to.startswith("_INBOX.") and consumer.config.durable_name is None


async def _make(client: Client, stream: Stream) -> None:
    jetstream = client.jetstream()
    wanted = StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        max_age=stream.max_age,
        max_bytes=stream.max_bytes,
        discard=DiscardPolicy.NEW,  # an event that was acknowledged stays: the next one waits in its outbox
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        duplicate_window=_DUPLICATE_WINDOW,
    )
    try:
        await jetstream.stream_info(stream.name)
    except NotFoundError:
        await jetstream.add_stream(wanted)
    else:
        await jetstream.update_stream(wanted)
