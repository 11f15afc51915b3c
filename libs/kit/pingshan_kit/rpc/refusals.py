"""Refusals on the wire: google.rpc.Status with ErrorInfo, BadRequest and a sentence in both languages (AIP-193)."""

from collections.abc import Mapping
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from pingshan_values.text import LANGUAGES

from pingshan_kit import telemetry
from pingshan_kit.errors import KIT_ERRORS, Refusal, TooManyAtOnce, Unavailable

_LONGEST_TEXT, _LONGEST_FIELD, _MOST_FIELDS = 300, 100, 20
"""Characters and fields that a refusal carries: parameters may repeat what was sent, and gRPC takes 16 kB of it all."""

_COME_AGAIN = "grpc-retry-pushback-ms"
_COME_AGAIN_MS = 500
"""When a caller that had too many calls under way may send one again; gRPC's retries keep to it (gRFC A6)."""
_NEVER = -1

_AWAY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED})

_TOO_MANY = KIT_ERRORS[TooManyAtOnce].reason
_PASSING = frozenset({KIT_ERRORS[Unavailable].reason, _TOO_MANY})


class RemoteError(Exception):
    """A sibling refused. `reason` is its error code, for example `E_LICENSE_NOT_FOUND`; empty where it gave none."""

    def __init__(self, reason: str, status: grpc.StatusCode, metadata: Mapping[str, str]) -> None:
        super().__init__(reason or status.name)
        self.reason = reason
        self.status = status
        self.metadata = metadata


def raise_from(error: grpc.aio.AioRpcError) -> NoReturn:
    """Raises Unavailable where the sibling is away or has too much of ours under way, RemoteError where it refused."""
    info = error_info(error)
    if error.code() in _AWAY or info.reason in _PASSING:
        raise Unavailable from error
    raise RemoteError(info.reason, error.code(), dict(info.metadata)) from error


def error_info(error: grpc.aio.AioRpcError) -> error_details_pb2.ErrorInfo:
    """Returns the ErrorInfo of a refusal, empty where there is none."""
    info = error_details_pb2.ErrorInfo()
    for detail in _details(error):
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
    return info


def _details(error: grpc.aio.AioRpcError) -> list[any_pb2.Any]:
    trailing: Any = error.trailing_metadata() or ()
    for key, value in trailing:
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            return list(status_pb2.Status.FromString(value).details)
    return []


async def abort(context: grpc.aio.ServicerContext[Message, Message], refused: Refusal, service: str) -> NoReturn:
    """Ends the call with the refusal; nothing of the exception's own text leaves the service."""
    status = status_pb2.Status(code=refused.rule.grpc.value[0], message=refused.sentence("en")[:_LONGEST_TEXT])
    for detail in _described(refused, service):
        status.details.add().Pack(detail)
    answer = rpc_status.to_status(status)
    await context.abort(answer.code, answer.details, (*answer.trailing_metadata, *_pushback(refused)))
    raise AssertionError


def _pushback(refused: Refusal) -> list[tuple[str, str]]:
    """Returns what tells gRPC's retries whether RESOURCE_EXHAUSTED passes: too many at once does, and a throttled
    person, or something too large, is not to be sent again by a program."""
    if refused.rule.grpc is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        return []
    return [(_COME_AGAIN, str(_COME_AGAIN_MS if refused.rule.reason == _TOO_MANY else _NEVER))]


def _described(refused: Refusal, service: str) -> list[Message]:
    info = error_details_pb2.ErrorInfo(
        reason=refused.rule.reason,
        domain=f"{service}.pingshan",
        metadata={name: str(value)[:_LONGEST_TEXT] for name, value in refused.params.items()},
    )
    sentences = [
        error_details_pb2.LocalizedMessage(locale=language, message=refused.sentence(language)[:_LONGEST_TEXT])
        for language in LANGUAGES
    ]
    trace = error_details_pb2.RequestInfo(request_id=telemetry.trace_code())
    return [info, *sentences, trace, *_retry_info(refused), *_bad_request(refused)]


def _retry_info(refused: Refusal) -> list[Message]:
    if refused.rule.reason != _TOO_MANY:
        after = refused.params.get("retry_after")
        return [error_details_pb2.RetryInfo(retry_delay=Duration(seconds=after))] if isinstance(after, int) else []
    return [error_details_pb2.RetryInfo(retry_delay=Duration(nanos=_COME_AGAIN_MS * 1_000_000))]


def _bad_request(refused: Refusal) -> list[Message]:
    if not refused.violations:
        return []
    fields = [
        error_details_pb2.BadRequest.FieldViolation(
            field=item.path[:_LONGEST_FIELD],
            description=item.en[:_LONGEST_FIELD],
            localized_message=error_details_pb2.LocalizedMessage(locale="zh-Hans", message=item.zh[:_LONGEST_FIELD]),
        )
        for item in refused.violations[:_MOST_FIELDS]
    ]
    return [error_details_pb2.BadRequest(field_violations=fields)]
