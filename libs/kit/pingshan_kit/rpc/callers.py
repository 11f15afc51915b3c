"""Who may call which method: siblings by edges.yaml, others by an access token where the method is open."""

from collections.abc import Mapping

from pingshan_events.edges import OPEN_RPCS, RPC_CALLERS
from pingshan_values.actor import Actor

from pingshan_kit.errors import Forbidden, Unauthenticated
from pingshan_kit.rpc.methods import is_read
from pingshan_kit.trust import Trust
from pingshan_kit.trust.service_tokens import HEADER

_BEARER = "Bearer "


class Callers:
    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    async def check(self, method: str, metadata: Mapping[str, str]) -> Actor:
        """The caller of `package.Service/Method`. Raises Unauthenticated, Forbidden, Unavailable."""
        if HEADER in metadata:
            return self._sibling(method, metadata[HEADER])
        if method in OPEN_RPCS and metadata.get("authorization", "").startswith(_BEARER):
            return await self._person(method, metadata["authorization"].removeprefix(_BEARER))
        raise Unauthenticated

    def _sibling(self, method: str, token: str) -> Actor:
        caller = self._trust.services.verify(token)
        if caller.service not in RPC_CALLERS.get(method, frozenset()):
            raise Forbidden(service=caller.service, method=method)
        return caller.actor

    async def _person(self, method: str, token: str) -> Actor:
        actor = await self._trust.people.verify(token)
        await self._trust.revocations.refuse_dead(actor, writes=not is_read(method))
        return actor
