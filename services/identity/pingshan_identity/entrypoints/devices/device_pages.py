"""Pages on which a person lets a device in (RFC 8628 section 3.3): on a telephone, beside a wall or a kiosk."""

from urllib.parse import urlencode

from pingshan_kit.auth import actor, protect
from pingshan_ui import render
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import ConsentOutdated, DeviceCodeUnknown, SignInThrottled, SystemNotOpen
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import level_needed
from pingshan_identity.domain.sign_in.continuation import safe_continuation
from pingshan_identity.entrypoints.sessions.own_sessions import PROVE_NAME, STEP_UP, address_of
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.devices.decide_device import DecideDevice, decide_device
from pingshan_identity.usecases.devices.read_device import DeviceRequest, read_device


class DevicePages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/device", protect(self._show)),
            Route("/device/decide", protect(self._decide), methods=["POST"]),
            Route("/device/done", protect(self._done)),
        ]

    async def _show(self, request: Request) -> Response:
        """Shows what the device asks for, or without a code a field for it."""
        typed = request.query_params.get("user_code", "")[:40]
        if not typed:
            return render(request, "devices/device.html", typed="", error=None)
        try:
            found = await self._read(request, typed)
        except (DeviceCodeUnknown, SignInThrottled) as error:
            return page_with(request, "devices/device.html", error, typed=typed)
        if self._is_too_low(request, found) or found.must_prove_name:
            here = safe_continuation(_address(found.user_code))
            further = PROVE_NAME if found.must_prove_name else STEP_UP
            return RedirectResponse(f"{further}?{urlencode({'continue': here})}", 303)
        return render(request, "devices/device_decide.html", found=found, error=None)

    async def _read(self, request: Request, typed: str) -> DeviceRequest:
        return await read_device(self._deps, actor(request), typed=typed, address=address_of(request))

    def _is_too_low(self, request: Request, found: DeviceRequest) -> bool:
        who = actor(request)
        realm = Realm(who.realm or Realm.STAFF)
        return who.acr < level_needed(realm, system=found.client.required_level, asked=None)

    async def _decide(self, request: Request) -> Response:
        form = await request.form()
        typed, allow = str(form.get("user_code", ""))[:40], form.get("decision") == "allow"
        try:
            command = DecideDevice(typed, allow, str(form.get("shown", "")), address_of(request))
            await decide_device(self._deps, actor(request), command)
        except ConsentOutdated:  # the question as it is now
            return RedirectResponse(_address(typed), 303)
        except (DeviceCodeUnknown, SystemNotOpen, SignInThrottled) as error:
            return self._refused(request, typed, error)
        return RedirectResponse(f"/device/done?{urlencode({'allowed': 'true' if allow else 'false'})}", 303)

    def _refused(self, request: Request, typed: str, error: DomainError) -> Response:
        return page_with(request, "devices/device.html", error, typed=typed)

    async def _done(self, request: Request) -> Response:
        return render(request, "devices/device_done.html", allowed=request.query_params.get("allowed") == "true")


def _address(user_code: str) -> str:
    return f"/device?{urlencode({'user_code': user_code})}"
