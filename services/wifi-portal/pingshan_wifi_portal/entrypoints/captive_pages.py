"""Pages of the captive portal: number, code, and the way to the controller, each small and without JavaScript."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

from pingshan_kit.auth import actor
from pingshan_kit.errors import merged, refusal
from pingshan_ui import render
from pingshan_ui.environment import language
from pingshan_values.errors import DomainError
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.errors import (
    CodeExpired,
    CodeWrong,
    ConsentRequired,
    MobileNumberInvalid,
    TooManyCodes,
    TooManyTries,
    VisitUnknown,
)
from pingshan_wifi_portal.domain.visit import RedirectParameters
from pingshan_wifi_portal.entrypoints.errors import ERRORS
from pingshan_wifi_portal.usecases.captive.check_code import CheckCode, HandOver, check_code
from pingshan_wifi_portal.usecases.captive.open_visit import Opened, open_visit
from pingshan_wifi_portal.usecases.captive.request_code import RequestCode, request_code
from pingshan_wifi_portal.usecases.captive.show_status import show_status
from pingshan_wifi_portal.usecases.captive.start_over import StartOver, start_over
from pingshan_wifi_portal.usecases.dependencies import Dependencies

_RULES = merged(ERRORS)
_FIXABLE = (CodeExpired, CodeWrong, ConsentRequired, MobileNumberInvalid, TooManyCodes, TooManyTries)
"""Refusals that the same page shows, as the person can put them right there."""


def routes(deps: Dependencies) -> list[BaseRoute]:
    pages = CaptivePages(deps)
    return [
        Route("/", pages.welcome),
        Route("/number", pages.number, methods=["POST"]),
        Route("/resend", pages.resend, methods=["POST"]),
        Route("/start-over", pages.start_over, methods=["POST"]),
        Route("/code", pages.code, methods=["POST"]),
        Route("/status/{status_token}", pages.status),
    ]


class CaptivePages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def welcome(self, request: Request) -> Response:
        try:
            return await self._show(request, request.query_params, failed=request.query_params.get("res") == "failed")
        except VisitUnknown as error:
            status = 400 if "nasid" in request.query_params else 200
            sentence = refusal(error, _RULES).sentence(language(request))
            context = _common(request.query_params) | {"sentence": sentence}
            return render(request, "captive/join.html", status_code=status, **context)

    async def number(self, request: Request) -> Response:
        form = await request.form()
        return await self._ask_for_code(
            request, form, str(form.get("mobile", "")), consent=form.get("consent") == "yes"
        )

    async def resend(self, request: Request) -> Response:
        return await self._ask_for_code(request, await request.form(), None, consent=True)

    async def _ask_for_code(self, request: Request, form: FormData, mobile: str | None, *, consent: bool) -> Response:
        command = RequestCode(_parameters(form), mobile, consent, _network(request), language(request))
        try:
            await request_code(self._deps, command)
        except _FIXABLE as error:
            return await self._show(request, form, error=error, mobile=mobile or "")
        return RedirectResponse(_address(form), 303)

    async def start_over(self, request: Request) -> Response:
        form = await request.form()
        await start_over(self._deps, StartOver(_parameters(form)))
        return RedirectResponse(_address(form), 303)

    async def code(self, request: Request) -> Response:
        deps, form = self._deps, await request.form()
        typed = str(form.get("code", ""))
        try:
            hand_over = await check_code(deps, actor(request), CheckCode(_parameters(form), typed))
        except _FIXABLE as error:
            return await self._show(request, form, error=error)
        status = f"{deps.settings.public_url}/status/{hand_over.status_token}"
        context = _common(form) | {"login_url": _login_url(hand_over, status), "place": hand_over.visit.hotspot_name}
        return render(request, "captive/connect.html", **context)

    async def status(self, request: Request) -> Response:
        token = request.path_params["status_token"]
        status = await show_status(self._deps, status_token=token)
        return render(request, "captive/status.html", status=status, **_common(request.query_params))

    async def _show(
        self,
        request: Request,
        fields: QueryParams | FormData,
        *,
        error: DomainError | None = None,
        mobile: str = "",
        failed: bool = False,
    ) -> Response:
        opened = await open_visit(self._deps, parameters=_parameters(fields))
        refused = refusal(error, _RULES) if error else None
        return render(
            request,
            "captive/code.html" if opened.pending else "captive/number.html",
            status_code=refused.http if refused else 200,
            error=refused.sentence(language(request)) if refused else "",
            mobile=mobile[:32],
            failed=failed,
            **_common(fields),
            **_shown(opened),
        )


def _shown(opened: Opened) -> dict[str, Any]:
    return {"place": opened.visit.hotspot_name, "pending": opened.pending}


def _common(fields: QueryParams | FormData) -> dict[str, Any]:
    """Returns what every page needs to find its way back to this visit."""
    return {"parameters": _pairs(fields), "address": _address(fields), "senior": fields.get("senior") == "1"}


def _parameters(fields: QueryParams | FormData) -> RedirectParameters:
    return RedirectParameters(
        nas_identifier=str(fields.get("nasid", "")),
        device_mac=str(fields.get("mac", "")),
        called_station_id=str(fields.get("called", "")),
        challenge=str(fields.get("challenge", "")),
    )


def _pairs(fields: QueryParams | FormData) -> list[tuple[str, str]]:
    """Returns the fields that the portal itself reads, never ssid, userurl or anything else in the address."""
    names = ("nasid", "mac", "called", "challenge", "senior")
    return [(name, str(fields[name])[:160]) for name in names if fields.get(name)]


def _address(fields: QueryParams | FormData) -> str:
    return f"/?{urlencode(_pairs(fields))}"


def _login_url(hand_over: HandOver, status_url: str) -> str:
    """Returns the controller's address from our table; with CHAP the token does not travel (RFC 2865 section 5.3)."""
    visit = hand_over.visit
    if visit.challenge:
        response = radius.chap_password(0, hand_over.token.encode(), visit.challenge)[1:].hex()
        proof = {"response": response}
    else:
        proof = {"password": hand_over.token}
    known = {"mac": visit.device_mac, "called": visit.called_station_id, "userurl": status_url}
    return f"{visit.login_url}?{urlencode({'username': hand_over.username, **proof, **known})}"


def _network(request: Request) -> str:
    """Returns the caller's /24 (IPv4) or /48 (IPv6), as whoever pumps codes has many addresses in one of them."""
    address = ip_address(request.client.host if request.client else "0.0.0.0")  # noqa: S104 - stands for nobody known
    octets = address.packed[: 3 if address.version == 4 else 6]
    return f"v{address.version}:{octets.hex()}"
