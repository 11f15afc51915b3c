"""Failures that mean that a part is away: they never count against a message or a job."""

import sys

import grpc
import nats.errors

from pingshan_kit.errors import TookTooLong, Unavailable

AWAY_SECONDS = 2.0
"""Pause before a job is tried again whose database, NATS, Temporal or sibling is away; such a try does not count."""

_PASSING = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"})
_PASSING_OF_TEMPORAL = _PASSING | {"ABORTED", "RESOURCE_EXHAUSTED"}
"""Temporal answers the last two where a case has too much in flight at the moment: later, the same works."""


def is_away(error: BaseException) -> bool:
    """Returns whether the error means that our database, NATS, Temporal or a sibling cannot be reached right now.

    A handler's statement that took too long is the handler's own failure, and counts.
    """
    found = unavailable(error)
    return found is not None and not isinstance(found, TookTooLong)


def unavailable(error: BaseException) -> Unavailable | None:
    """Returns the refusal for the part that is away, naming it where that is known; None for any other failure."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Unavailable):
            return cause
        if isinstance(cause, nats.errors.Error):
            return Unavailable(part="nats")
        if isinstance(cause, grpc.aio.AioRpcError) and cause.code().name in _PASSING:
            return Unavailable()
        if _means_temporal_is_away(cause):
            return Unavailable(part="temporal")
        cause = cause.__cause__
    return None


def _means_temporal_is_away(error: BaseException) -> bool:
    """Looks the SDK's classes up among the loaded modules and never imports them: only workflow has the SDK.

    Nobody can have raised an exception of a module that is not loaded, so that there is nothing to register, and
    nothing that a service could forget.
    """
    client, service = sys.modules.get("temporalio.client"), sys.modules.get("temporalio.service")
    if client is not None and isinstance(error, client.RPCTimeoutOrCancelledError):
        return True
    return service is not None and isinstance(error, service.RPCError) and error.status.name in _PASSING_OF_TEMPORAL
