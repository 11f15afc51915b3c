"""Who may call which method: siblings by edges.yaml, others by an access token where the method is open."""

from collections.abc import Mapping

from pingshan_events.edges import OPEN_RPCS, RPC_CALLERS
from pingshan_values.actor import Actor

from pingshan_kit.errors import Forbidden, Unauthenticated, Unavailable
from pingshan_kit.logging import log
from pingshan_kit.trust import ServiceCaller, Trust
from pingshan_kit.trust.jose import TokenRefused
from pingshan_kit.trust.service_tokens import HEADER

_BEARER = "Bearer "


class Callers:
    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def sibling(self, metadata: Mapping[str, str]) -> ServiceCaller | None:
        """Returns the sibling that the token proves, None for everybody else; asks nobody else for that.

        None also while the siblings' keys cannot be read: then `check` says so.
        """
        if HEADER not in metadata:
            return None
        try:
            return self._trust.services.verify(metadata[HEADER])
        except TokenRefused as error:
            log.warning("caller.refused", why=error.params["why"])
            return None
        except Unavailable:  # readiness and the log say it, once for all callers
            return None

    async def check(self, method: str, metadata: Mapping[str, str], sibling: ServiceCaller | None) -> Actor:
        """Returns the caller of `package.Service/Method`. Raises Unauthenticated, Forbidden, Unavailable."""
        if sibling is not None:
            return _declared(method, sibling)
        if HEADER in metadata:
            raise Unauthenticated if self._trust.services.readable else Unavailable(part="service-keys")
        if method in OPEN_RPCS and metadata.get("authorization", "").startswith(_BEARER):
            return await self._person(metadata["authorization"].removeprefix(_BEARER))
        raise Unauthenticated

    async def _person(self, token: str) -> Actor:
        actor = await self._trust.people.verify(token)
        await self._trust.revocations.refuse_dead(actor)
        return actor


def _declared(method: str, sibling: ServiceCaller) -> Actor:
    if sibling.service not in RPC_CALLERS.get(method, frozenset()):
        raise Forbidden(service=sibling.service, method=method)
    return sibling.actor
