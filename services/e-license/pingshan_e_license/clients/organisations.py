"""Reads names of organisations from identity and keeps a copy."""

from collections.abc import Mapping

import grpc
from pingshan.identity.v1.organisation_pb2 import ListOrganisationsRequest
from pingshan.identity.v1.organisation_pb2_grpc import OrganisationServiceStub
from pingshan_kit import rpc
from pingshan_values.text import Text

_PAGE = 200
_MAX_AGE = 600.0
"""Seconds for which names are kept before identity is asked again."""


class Organisations:
    """Reads names from identity; while it cannot be reached the last known ones stay, at first none."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = OrganisationServiceStub(channel)
        self._directory: rpc.Directory[Mapping[str, Text]] = rpc.Directory(
            "organisations", self._ask, {}, max_age=_MAX_AGE
        )

    async def names(self) -> Mapping[str, Text]:
        """Returns the names by organisation code."""
        return await self._directory.read()

    async def _ask(self) -> Mapping[str, Text]:
        pages = rpc.every_page(self._stub.ListOrganisations, ListOrganisationsRequest(page_size=_PAGE))
        return {each.code: Text(each.name_zh, each.name_en) async for page in pages for each in page.organisations}
