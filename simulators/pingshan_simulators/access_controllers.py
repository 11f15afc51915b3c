"""The twelve access controllers behind HTTP: login as a browser does it, and a hand on the devices for demonstrations.

`AccessControllers.routes` are mounted at `/nas`; `AccessControllers.run()` is their RADIUS side.
"""

import asyncio
import os
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pingshan_simulators.access_controller import Controller, NotOnline, Ports, read_controllers
from pingshan_simulators.access_controller_devices import Device, shown
from pingshan_simulators.radius_client import NoAnswer

LARGEST = 100 * 10**9
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){0,64}")


@dataclass(frozen=True)
class ControllersSettings:
    file: Path
    state: Path
    ports: Ports

    @classmethod
    def from_environment(cls) -> "ControllersSettings":
        """Reads `PINGSHAN_SIMULATORS_` `NAS_SECRETS_FILE`, `DATA_DIR`, `RADIUS_AUTH_PORT`, `RADIUS_ACCT_PORT`,
        `COA_PORT`, `URL_WIFI_PORTAL`. Raises KeyError where one is missing.
        """
        return cls(
            file=Path(_setting("NAS_SECRETS_FILE")),
            state=Path(_setting("DATA_DIR")) / "access_controllers.json",
            ports=Ports(
                auth=int(_setting("RADIUS_AUTH_PORT")),
                acct=int(_setting("RADIUS_ACCT_PORT")),
                coa=int(_setting("COA_PORT")),
                portal_url=_setting("URL_WIFI_PORTAL"),
            ),
        )


class AccessControllers:
    """Plays all controllers of the configuration file, none until that file is there."""

    def __init__(self, settings: ControllersSettings) -> None:
        self._settings = settings
        self._controllers: dict[str, Controller] = {}

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/", self._places),
            Route("/{nas}/join", self._guarded(self._join)),
            Route("/{nas}/login", self._guarded(self._login), methods=["GET", "POST"]),
            Route("/{nas}/power", self._guarded(self._power), methods=["POST"]),
            Route("/{nas}/devices", self._guarded(self._list)),
            Route("/{nas}/devices/{mac}", self._guarded(self._device)),
            Route("/{nas}/devices/{mac}/traffic", self._guarded(self._traffic), methods=["POST"]),
            Route("/{nas}/devices/{mac}/leave", self._guarded(self._leave), methods=["POST"]),
        ]

    async def run(self) -> None:
        """Listens for changes and sends interim reports until cancelled."""
        try:
            while True:
                if not self._controllers and self._settings.file.exists():
                    await self._open()
                await asyncio.sleep(1 if self._controllers else 0.2)
                for controller in self._controllers.values():
                    await controller.report_due()
        finally:
            for controller in self._controllers.values():
                controller.close()

    async def _open(self) -> None:
        self._controllers = read_controllers(self._settings.file, self._settings.state, self._settings.ports)
        for controller in self._controllers.values():
            await controller.open()

    def close(self) -> None:
        """Closes nothing, as nothing is held beyond `run`."""

    def _guarded(self, act: Callable[[Request, Controller], Awaitable[Response]]) -> Any:
        async def endpoint(request: Request) -> Response:
            controller = self._controllers.get(request.path_params["nas"])
            if controller is None:
                return _refused(404, "NO_SUCH_CONTROLLER")
            try:
                return await act(request, controller)
            except NotOnline:
                return _refused(409, "DEVICE_NOT_ONLINE")
            except NoAnswer:
                return _refused(504, "RADIUS_SERVER_DOES_NOT_ANSWER")
            except (ValueError, TypeError, KeyError, AttributeError):
                return _refused(400, "MALFORMED")

        return endpoint

    async def _places(self, request: Request) -> Response:
        mac = "02:" + ":".join(f"{octet:02X}" for octet in secrets.token_bytes(4)) + ":01"
        return render(request, "access_controllers.html", controllers=list(self._controllers.values()), mac=mac)

    async def _join(self, request: Request, controller: Controller) -> Response:
        """Lets a device join by `?hotspot=PS-HS-057&mac=02:00:00:00:00:01` and sends its browser to the portal."""
        place = controller.configuration["hotspots"][request.query_params["hotspot"]]
        address = controller.join(_mac(request.query_params["mac"]), place["called_station_id"])
        return RedirectResponse(address, 302)

    async def _login(self, request: Request, controller: Controller) -> Response:
        given = dict(request.query_params)
        if request.method == "POST":
            given |= dict(parse_qsl((await request.body())[:8192].decode()))
        device = controller.devices.get(controller.id, _mac(given["mac"]))
        if device is None or not _HEX.fullmatch(given.get("response", "")):
            return _refused(400, "UNKNOWN_DEVICE")
        next_address = await controller.login(
            device,
            given.get("username", "")[:253],
            password=given.get("password", "")[:128],
            response=given.get("response", ""),
            userurl=given.get("userurl", ""),
        )
        return RedirectResponse(next_address, 302)

    async def _list(self, _request: Request, controller: Controller) -> Response:
        return JSONResponse([shown(device) for device in controller.devices.of(controller.id)])

    async def _device(self, request: Request, controller: Controller) -> Response:
        return JSONResponse(shown(_find(request, controller)))

    async def _traffic(self, request: Request, controller: Controller) -> Response:
        octets = (await request.json())["octets"]
        if not isinstance(octets, int) or not 0 <= octets <= LARGEST:
            raise ValueError
        device = _find(request, controller)
        await controller.traffic(device, octets)
        return JSONResponse(shown(device))

    async def _leave(self, request: Request, controller: Controller) -> Response:
        device = _find(request, controller)
        await controller.leave(device)
        return JSONResponse(shown(device))

    async def _power(self, request: Request, controller: Controller) -> Response:
        await controller.power(on=(await request.json())["on"] is True)
        return JSONResponse({"controller": controller.id})


def _find(request: Request, controller: Controller) -> Device:
    device = controller.devices.get(controller.id, _mac(request.path_params["mac"]))
    if device is None:
        raise NotOnline
    return device


def _mac(text: str) -> str:
    """Returns a MAC address with colons, upper case. Raises ValueError where it is none."""
    if not _MAC.fullmatch(text):
        raise ValueError(text)
    return text.replace("-", ":").upper()


def _refused(status: int, code: str) -> JSONResponse:
    return JSONResponse({"code": code}, status)


def _setting(name: str) -> str:
    return os.environ[f"PINGSHAN_SIMULATORS_{name}"]
