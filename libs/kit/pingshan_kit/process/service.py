"""The description of a service, from which the kit makes its process."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.errors import ErrorTable
from pingshan_kit.events.bus import Consumer, OrderedConsumer
from pingshan_kit.http import Application
from pingshan_kit.intake import IntakeHandler
from pingshan_kit.jobs import JobHandler, Periodic
from pingshan_kit.rpc.introspection import introspect_session
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.housekeeping import Kept
from pingshan_kit.trust import trust_of
from pingshan_kit.trust.revocations import nobody_to_ask


@dataclass
class Service:
    """Names all parts of one service, wired. The kit adds the relay, the sealer and the watch on revocations."""

    settings: ServiceSettings
    database: Database
    errors: ErrorTable
    http: Application | None = None
    grpc: "Sequence[Callable[[grpc.aio.Server], None]]" = ()
    """The generated `add_…Servicer_to_server` functions with their servicers filled in (`functools.partial`)."""
    consumers: Sequence[Consumer[Any]] = ()
    watches: Sequence[OrderedConsumer[Any]] = ()
    jobs: Sequence[JobHandler[Any]] = ()
    periodic: Sequence[Periodic] = ()
    intakes: Sequence[IntakeHandler] = ()
    """What applies the inputs that were heard first; the part "intake"."""
    retention: Sequence[Kept] = ()
    """How long rows of its own tables are kept, besides the kit's rules."""
    faults: Callable[[AsyncConnection], Awaitable[Sequence[tuple[str, str]]]] | None = None
    """Reads what is wrong with what the service keeps, as phrases in Chinese and in English, for /readyz."""
    components: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Further long-running parts by the name that `--only` knows; each is cancelled when the process stops."""
    prepare: Sequence[Callable[[], Awaitable[None]]] = ()
    """Awaited before the first part runs: what every process needs in its memory before it answers anybody."""
    everywhere: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Long-running parts of every process, whatever `--only` names: they keep its memory up to date."""
    heartbeat_seconds: float = 0
    """Seconds between identity's signals that its stream of ended sessions can be relied on; 0 for all others."""
    separate: frozenset[str] = frozenset()
    """Names of components that run only where `--only` names them: the Temporal worker is a process of its own."""
    close: Sequence[Callable[[], Awaitable[None]]] = ()
    """Awaited last, before the pool is closed: channels and clients."""

    def __post_init__(self) -> None:
        """Lets identity be asked about sessions while its stream is silent, unless the service named somebody else."""
        revocations = trust_of(self.settings).revocations
        if revocations.introspect is nobody_to_ask:
            revocations.introspect = partial(introspect_session, self.settings)
