"""Routes for devices: the captive portal API (RFC 8908) and the addresses that makers probe."""

import json
from functools import partial
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from pingshan_wifi_portal.entrypoints.redirect import redirect_parameters
from pingshan_wifi_portal.usecases.captive.show_captive_state import CaptiveState, show_captive_state
from pingshan_wifi_portal.usecases.dependencies import Dependencies

MEDIA_TYPE = "application/captive+json"


def routes(deps: Dependencies) -> list[BaseRoute]:
    probes = _probes()
    paths = sorted({probe["path"] for probe in probes} - {"/"})
    roots = [probe for probe in probes if probe["path"] == "/"]
    return [
        Route("/captive-portal/api", partial(_api, deps)),
        *(Host(probe["host"], Router([Route("/", partial(_probe, deps, [probe]))])) for probe in roots),
        *(Route(path, partial(_probe, deps, [probe for probe in probes if probe["path"] == path])) for path in paths),
    ]


async def _api(deps: Dependencies, request: Request) -> Response:
    """Answers by RFC 8908 section 5, online devices too, as an iPhone told of this address asks nothing else."""
    state = await _state(deps, request)
    portal = f"{deps.settings.public_url}/"
    body: dict[str, Any] = {
        "captive": state.captive,
        "user-portal-url": f"{portal}?{request.url.query}" if request.url.query and state.captive else portal,
        "can-extend-session": True,
    }
    if state.seconds_remaining:
        body["seconds-remaining"] = state.seconds_remaining
    if state.bytes_remaining:
        body["bytes-remaining"] = state.bytes_remaining
    return Response(json.dumps(body), media_type=MEDIA_TYPE, headers={"Cache-Control": "private, no-store"})


async def _probe(deps: Dependencies, candidates: list[dict[str, Any]], request: Request) -> Response:
    host = request.url.hostname or ""
    named = [probe for probe in candidates if probe["host"] == host]
    probe = (named or [probe for probe in candidates if not probe["host"]] or candidates)[0]
    if (await _state(deps, request)).captive:
        return RedirectResponse(f"{deps.settings.public_url}/", 302)
    return Response(probe["body"], probe["status"], media_type=probe["type"] or None)


async def _state(deps: Dependencies, request: Request) -> CaptiveState:
    return await show_captive_state(
        deps,
        address=request.client.host if request.client else "",
        parameters=redirect_parameters(request.query_params),
    )


def _probes() -> list[dict[str, Any]]:
    content = files("pingshan_wifi_portal").joinpath("seed/probes.json").read_text(encoding="utf-8")
    probes: list[dict[str, Any]] = json.loads(content)["probes"]
    return probes
