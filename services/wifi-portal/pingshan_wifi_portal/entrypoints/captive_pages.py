"""Pages of the captive portal: number, code, and the way to the controller, each small and without JavaScript."""

from ipaddress import ip_address, ip_network
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
from pingshan_wifi_portal.entrypoints.redirect import redirect_parameters
from pingshan_wifi_portal.usecases.captive.check_code import CheckCode, HandOver, check_code
from pingshan_wifi_portal.usecases.captive.open_visit import Opened, open_visit
from pingshan_wifi_portal.usecases.captive.request_code import RequestCode, request_code
from pingshan_wifi_portal.usecases.captive.show_status import show_status
from pingshan_wifi_portal.usecases.captive.start_over import StartOver, start_over
from pingshan_wifi_portal.usecases.dependencies import Dependencies

_RULES = merged(ERRORS)
_FIXABLE = (CodeExpired, CodeWrong, ConsentRequired, MobileNumberInvalid, TooManyCodes, TooManyTries)
"""Refusals that the same page shows, as the person can put them right there."""
_MISTYPED = (CodeExpired, CodeWrong, MobileNumberInvalid)
"""Those of them that are about the field; the others come however it is filled."""


def routes(deps: Dependencies) -> list[BaseRoute]:
    pages = CaptivePages(deps)
    return [
        Route("/", pages.welcome),
        Route("/number", pages.number, methods=["POST"]),
        Route("/resend", pages.resend, methods=["POST"]),
        Route("/start-over", pages.start_over, methods=["POST"]),
        Route("/code", pages.code, methods=["POST"]),
        Route("/shown", pages.shown, methods=["POST"]),
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
        command = RequestCode(
            _told(request, form),
            mobile,
            consent,
            _network(request),
            language(request),
        )
        try:
            await request_code(self._deps, command)
        except _FIXABLE as error:
            return await self._show(request, form, error=error, mobile=mobile or "", consent=consent)
        return RedirectResponse(_address(form), 303)

    async def start_over(self, request: Request) -> Response:
        form = await request.form()
        await start_over(self._deps, StartOver(_told(request, form)))
        return RedirectResponse(_address(form), 303)

    async def code(self, request: Request) -> Response:
        deps, form = self._deps, await request.form()
        typed = str(form.get("code", ""))
        try:
            hand_over = await check_code(deps, actor(request), CheckCode(_told(request, form), typed))
        except _FIXABLE as error:
            return await self._show(request, form, error=error)
        status = f"{deps.settings.public_url}/status/{hand_over.status_token}"
        context = _common(form) | {
            "login_url": _login_url(hand_over, status),
            "place": hand_over.visit.hotspot_name.in_language(language(request)),
        }
        return render(request, "captive/connect.html", **context)

    async def shown(self, request: Request) -> Response:
        """Shows the page again as it was filled in, in another language or size; these pages have no script."""
        form = await request.form()
        size = [("senior", request.query_params["senior"])] if "senior" in request.query_params else []
        kept = [(name, value) for name, value in form.multi_items() if not (size and name == "senior")]
        return await self._show(
            request,
            FormData([*kept, *size]),
            mobile=str(form.get("mobile", "")),
            consent=form.get("consent") == "yes",
            code=str(form.get("code", "")),
        )

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
        consent: bool = False,
        code: str = "",
        failed: bool = False,
    ) -> Response:
        opened = await open_visit(self._deps, parameters=_told(request, fields))
        refused = refusal(error, _RULES) if error else None
        return render(
            request,
            "captive/code.html" if opened.pending else "captive/number.html",
            status_code=refused.http if refused else 200,
            error=refused.sentence(language(request)) if refused else "",
            mistyped=isinstance(error, _MISTYPED),
            mobile=mobile[:32],
            consent=consent,
            code=code[:8],
            failed=failed,
            **_common(fields),
            **_shown(request, opened),
        )


def _shown(request: Request, opened: Opened) -> dict[str, Any]:
    return {"place": opened.visit.hotspot_name.in_language(language(request)), "pending": opened.pending}


def _common(fields: QueryParams | FormData) -> dict[str, Any]:
    """Returns what every page needs to find its way back to this visit."""
    return {"parameters": _pairs(fields), "address": _address(fields), "senior": fields.get("senior") == "1"}


def _told(request: Request, fields: QueryParams | FormData) -> RedirectParameters:
    return redirect_parameters(fields, request.state.browser_secret)


def _pairs(fields: QueryParams | FormData) -> list[tuple[str, str]]:
    """Returns the fields that the portal itself reads, never ssid, userurl or anything else in the address."""
    names = ("nasid", "mac", "called", "challenge", "at", "proof", "senior")
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
    """Returns the caller's /24 (IPv4) or /64 (IPv6), as whoever pumps codes has many addresses in one of them."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return "unknown"
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))
