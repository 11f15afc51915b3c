"""Whether a failure means that a part we need is away, which never counts against a message or a job."""

import grpc
import nats.errors

from pingshan_kit.errors import Unavailable

_PASSING = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}


def is_away(error: BaseException) -> bool:
    """True where our own database, NATS, Temporal or a sibling service cannot be reached right now."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Unavailable | nats.errors.Error):
            return True
        if isinstance(cause, grpc.aio.AioRpcError) and cause.code() in _PASSING:
            return True
        cause = cause.__cause__
    return False
