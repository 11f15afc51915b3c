"""Pages for operators: how the channels are doing, and the addresses of organisations' own systems."""

import pingshan_ui
from pingshan_kit.auth import actor, protect
from pingshan_values.masked import mask_mobile
from pingshan_values.outside_address import AddressRefused
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_alerts.domain.alert import DeliveryState
from pingshan_alerts.domain.errors import RequestInvalid
from pingshan_alerts.domain.routing import Channel
from pingshan_alerts.entrypoints.presentation import namer
from pingshan_alerts.usecases.delivery.read_channels import read_channels
from pingshan_alerts.usecases.delivery.remove_webhook import RemoveWebhook, remove_webhook
from pingshan_alerts.usecases.delivery.set_webhook import SetWebhook, set_webhook
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.routing.list_organisations import list_organisations

_MOST_RECENT = 50


class ChannelPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/channels", protect(self.show, "operator")),
            Route("/channels/webhooks", protect(self.set, "operator"), methods=["POST"]),
            Route("/channels/webhooks/{organisation}/remove", protect(self.remove, "operator"), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        return await self._page(request)

    async def set(self, request: Request) -> Response:
        form = await request.form()
        organisation, url = str(form.get("organisation", "")), str(form.get("url", "")).strip()
        try:
            key = await set_webhook(self._deps, actor(request), SetWebhook(organisation, url))
        except (AddressRefused, RequestInvalid) as error:
            wrong = "url" if isinstance(error, AddressRefused) else "organisation"
            return await self._page(request, wrong=wrong, entered=(organisation, url), status=422)
        return await self._page(request, key=key, keyed=organisation)

    async def remove(self, request: Request) -> Response:
        organisation = request.path_params["organisation"]
        await remove_webhook(self._deps, actor(request), RemoveWebhook(organisation))
        return RedirectResponse("/channels", 303)

    async def _page(
        self,
        request: Request,
        *,
        key: str = "",
        keyed: str = "",
        wrong: str = "",
        entered: tuple[str, str] = ("", ""),
        status: int = 200,
    ) -> Response:
        deps = self._deps
        channels = await read_channels(deps, actor(request), count=_MOST_RECENT)
        organisation_name = namer(request, await list_organisations(deps))
        return pingshan_ui.render(
            request,
            "channels.html",
            status_code=status,
            channels=channels,
            kinds=list(Channel),
            states=list(DeliveryState),
            organisations=sorted(deps.reference.audience.organisations),
            most_recent=_MOST_RECENT,
            organisation_name=organisation_name,
            masked=mask_mobile,
            key=key,
            keyed=keyed,
            wrong=wrong,
            entered=entered,
        )
