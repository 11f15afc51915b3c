"""Makes the streams of `edges.yaml`: a deploy step, done as `admin`. Services upsert their own durables."""

import nats.errors
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from pingshan_tools.edges import Edges, Stream

Refused = (OSError, nats.errors.Error)

_DUPLICATE_WINDOW = 120
"""Seconds in which a second publish with the same Nats-Msg-Id is dropped."""


async def make_streams(url: str, *, user: str, password: str, edges: Edges) -> None:
    """Makes missing streams and updates the others; never deletes one. Raises OSError, nats.errors.Error."""
    client = Client()
    await client.connect(url, user=user, password=password, connect_timeout=5, max_reconnect_attempts=3)
    try:
        for stream in edges.streams:
            await _make(client, stream)
    finally:
        await client.close()


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
