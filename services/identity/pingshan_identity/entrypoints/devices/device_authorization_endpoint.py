"""The endpoint at which a device asks for its codes (RFC 8628 section 3.1)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.devices.device_authorization import INTERVAL, LIFE
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.entrypoints.oauth.shared import answering, authenticated, form_pairs, proven_key
from pingshan_identity.entrypoints.sessions.own_sessions import address_of
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.devices.authorize_device import AuthorizeDevice, authorize_device


class DeviceAuthorizationEndpoint:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/device_authorization", answering(self._authorize_device), methods=["POST"]),
        ]

    async def _authorize_device(self, request: Request) -> Response:
        parameters = Parameters(await form_pairs(request))
        client = await authenticated(request, self._deps, parameters)
        jkt = await proven_key(request, self._deps)
        made = await authorize_device(self._deps, AuthorizeDevice(client, parameters, address_of(request), jkt))
        page = f"{self._deps.signer.issuer}/device"
        answer = {
            "device_code": made.device_code,
            "user_code": made.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={made.user_code}",
            "expires_in": int(LIFE.total_seconds()),
            "interval": INTERVAL,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
