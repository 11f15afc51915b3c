"""gRPC between services: who calls, for whom, until when, in which trace, and what a refusal says."""

from pingshan_kit.rpc.client import channel
from pingshan_kit.rpc.context import actor, on_behalf_of, require
from pingshan_kit.rpc.directory import Directory
from pingshan_kit.rpc.paging import every_page
from pingshan_kit.rpc.refusals import RemoteError, raise_from
from pingshan_kit.rpc.server import RpcServer

__all__ = [
    "Directory",
    "RemoteError",
    "RpcServer",
    "actor",
    "channel",
    "every_page",
    "on_behalf_of",
    "raise_from",
    "require",
]
