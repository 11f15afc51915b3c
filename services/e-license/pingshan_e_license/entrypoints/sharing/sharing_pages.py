"""Pages of the sharing items, which are public, and of the figures for supervisors."""

from pingshan_kit.auth import actor, protect
from pingshan_ui import render
from pingshan_values.text import Text
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import SUPERVISOR
from pingshan_e_license.entrypoints.sharing.sharing_views import Spoken, bars
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_public_statistics import get_public_statistics
from pingshan_e_license.usecases.sharing.get_sharing_item import get_sharing_item
from pingshan_e_license.usecases.sharing.get_statistics import get_statistics
from pingshan_e_license.usecases.sharing.list_sharing_items import list_sharing_items
from pingshan_e_license.usecases.sharing.name_organisations import name_organisations

AGENTS = Text("代理人", "Agents of holders")
"""Stands where an organisation would, for people who asked for those they act for."""


class SharingPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/sharing", self.items),
            Route("/sharing/statistics", protect(self.statistics, SUPERVISOR)),
            Route("/sharing/over-asking", self.over_asking),
            Route("/sharing/{code}", self.item),
        ]

    async def items(self, request: Request) -> Response:
        items = await list_sharing_items(self._deps)
        names = await name_organisations(self._deps, codes={each.requester for each in items})
        publishes = self._deps.publishes_over_asking
        return render(request, "sharing/items.html", items=items, names=names, publishes=publishes)

    async def item(self, request: Request) -> Response:
        found = await get_sharing_item(self._deps, code=request.path_params["code"])
        names = await name_organisations(self._deps, codes=[found.item.requester])
        spoken = Spoken(found.item, found.types)
        return render(request, "sharing/item.html", spoken=spoken, requester=names[found.item.requester])

    async def statistics(self, request: Request) -> Response:
        found = await get_statistics(self._deps, actor(request))
        items = await list_sharing_items(self._deps)
        names = await name_organisations(self._deps, codes={each.of for each in found.by_requester})
        by_requester = bars(found.by_requester, {**names, "": AGENTS})
        by_item = bars(
            found.by_item,
            {each.code: Text(f"{each.code} {each.name_zh}", f"{each.code} {each.name_en}") for each in items},
        )
        return render(request, "sharing/statistics.html", found=found, by_requester=by_requester, by_item=by_item)

    async def over_asking(self, request: Request) -> Response:
        """Shows how often each agency over-asked, where the district publishes it, and no other figure."""
        found = await get_public_statistics(self._deps)
        counted = [each for each in found.by_requester if each.over_asked]
        names = await name_organisations(self._deps, codes={each.of for each in counted})
        return render(request, "sharing/over_asking.html", found=found, counted=counted, names={**names, "": AGENTS})
