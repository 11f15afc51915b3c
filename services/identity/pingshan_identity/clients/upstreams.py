"""Upstreams of two kinds, and the interface to both."""

from collections.abc import Mapping
from typing import Any, Protocol

import httpx
from pingshan_kit.outgoing import CallFailed, Outgoing
from pingshan_values.outside_address import AddressRefused, OutsideAddress

from pingshan_identity.domain.errors import UpstreamAway, UpstreamUnknown
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.upstream import Proven, Upstream, Visit

PATIENCE = 5.0
"""Seconds that a person waits for an upstream."""


class UpstreamClient(Protocol):
    @property
    def upstream(self) -> Upstream: ...

    async def address(self, visit: Visit, *, language: str, in_wecom: bool) -> str:
        """Returns the address that the browser goes to. Raises UpstreamAway."""
        ...

    async def prove(self, answer: Mapping[str, str], visit: Visit) -> Proven:
        """Returns who came back, by the callback's query.

        Raises UpstreamAway, UpstreamAnswerRefused, UpstreamDenied.
        """
        ...


class Upstreams:
    def __init__(self, clients: Mapping[str, UpstreamClient]) -> None:
        self._clients = clients

    def of_realm(self, realm: Realm) -> tuple[Upstream, ...]:
        return tuple(client.upstream for client in self._clients.values() if client.upstream.realm is realm)

    def get(self, code: str) -> UpstreamClient:
        """Returns the client of an upstream by its code. Raises UpstreamUnknown where there is none."""
        client = self._clients.get(code)
        if client is None:
            raise UpstreamUnknown
        return client


async def call(
    outgoing: Outgoing, upstream: Upstream, method: str, address: str | OutsideAddress, **options: Any
) -> httpx.Response:
    """Returns the upstream's answer. `address` is a `str` at the issuer that operators have set.

    Raises UpstreamAway where there is no answer, or one with a status of 500 or more.
    """
    try:
        answer = await outgoing.call(method, address, **options)
    except (CallFailed, AddressRefused) as error:
        raise UpstreamAway(upstream=upstream.name_zh, upstream_en=upstream.name_en) from error
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise UpstreamAway(upstream=upstream.name_zh, upstream_en=upstream.name_en)
    return answer
