"""What means that a part is away, and which one."""

import subprocess
import sys

import grpc
import nats.errors
import pytest
from pingshan_kit.away import is_away, unavailable
from pingshan_kit.errors import Unavailable
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

NOTHING = grpc.aio.Metadata()


def temporal(status: RPCStatusCode) -> RPCError:
    return RPCError("what Temporal says", status, b"")


def caused_by(cause: BaseException) -> Exception:
    error = ValueError("what a use case makes of it")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (Unavailable(part="database"), "database"),
        (nats.errors.NoRespondersError(), "nats"),
        (temporal(RPCStatusCode.UNAVAILABLE), "temporal"),
        (temporal(RPCStatusCode.DEADLINE_EXCEEDED), "temporal"),
        (temporal(RPCStatusCode.RESOURCE_EXHAUSTED), "temporal"),
        (temporal(RPCStatusCode.ABORTED), "temporal"),
        (WorkflowUpdateRPCTimeoutOrCancelledError(), "temporal"),
        (grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, NOTHING, NOTHING), None),
    ],
)
def test_a_part_is_away(error: Exception, part: str | None) -> None:
    for raised in (error, caused_by(error), caused_by(caused_by(error))):
        assert is_away(raised)
        found = unavailable(raised)
        assert found is not None
        assert found.params.get("part") == part


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        RuntimeError(),
        TimeoutError(),
        temporal(RPCStatusCode.NOT_FOUND),
        temporal(RPCStatusCode.INVALID_ARGUMENT),
        temporal(RPCStatusCode.PERMISSION_DENIED),
        grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, NOTHING, NOTHING),
    ],
)
def test_a_failure_of_another_kind(error: Exception) -> None:
    assert not is_away(error)
    assert not is_away(caused_by(error))


def test_a_service_without_temporal_needs_no_sdk() -> None:
    """In a process of its own, where the SDK cannot be imported."""
    program = (
        "import sys; sys.modules['temporalio'] = None\n"
        "from pingshan_kit import jobs\n"
        "from pingshan_kit.events import bus\n"
        "from pingshan_kit.process import runner\n"
        "from pingshan_kit.away import is_away\n"
        "assert not is_away(ValueError())"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
