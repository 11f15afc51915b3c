"""Names of organisations, asked of identity and kept for ten minutes."""

import time
from collections.abc import Mapping

import grpc
from pingshan.identity.v1.organisation_pb2 import ListOrganisationsRequest
from pingshan.identity.v1.organisation_pb2_grpc import OrganisationServiceStub
from pingshan_kit.logging import log
from pingshan_values.text import Text

_FRESH_SECONDS = 600
_PATIENCE_SECONDS = 10
"""How long an identity that is away is left alone, so that not every page waits for it."""
_PAGE = 200


class Organisations:
    """Where identity is away, the last known names serve on; with none, pages show codes."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = OrganisationServiceStub(channel)
        self._names: Mapping[str, Text] = {}
        self._fresh_until = 0.0

    async def names(self) -> Mapping[str, Text]:
        """By organisation code."""
        if time.monotonic() >= self._fresh_until:
            self._fresh_until = time.monotonic() + _PATIENCE_SECONDS
            try:
                self._names = await self._ask()
                self._fresh_until = time.monotonic() + _FRESH_SECONDS
            except (grpc.aio.AioRpcError, TimeoutError) as error:
                log.warning("organisations.unavailable", error=type(error).__name__)
        return self._names

    async def _ask(self) -> dict[str, Text]:
        names: dict[str, Text] = {}
        token = ""
        while True:
            request = ListOrganisationsRequest(page_size=_PAGE, page_token=token)
            answer = await self._stub.ListOrganisations(request)
            names |= {each.code: Text(each.name_zh, each.name_en) for each in answer.organisations}
            token = answer.next_page_token
            if not token:
                return names
