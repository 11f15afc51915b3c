"""The question to identity whether a session is alive, for those who cannot rely on its stream."""

from pingshan.identity.v1 import token_pb2, token_pb2_grpc

from pingshan_kit.errors import Unavailable
from pingshan_kit.rpc.client import channel
from pingshan_kit.settings import ServiceSettings

_SECONDS = 1.0


async def introspect_session(settings: ServiceSettings, session_id: str, grant_id: str | None) -> bool:
    """Returns whether the session, and the grant within it where one is named, is alive, as identity says.

    Raises Unavailable where this service knows no address of identity, grpc.aio.AioRpcError where the call fails.
    """
    if not settings.rpc_identity:
        raise Unavailable(part="identity")
    async with channel(settings, "identity") as connection:
        stub = token_pb2_grpc.TokenServiceStub(connection)
        asked = token_pb2.IntrospectTokenRequest(session_id=session_id, grant_id=grant_id or "")
        answer = await stub.IntrospectToken(asked, timeout=_SECONDS)
    return bool(answer.active)
