"""Pages of an agency's licences, of one licence, and of those that a person holds."""

from datetime import date, datetime, timedelta
from functools import partial

from pingshan_kit import clock
from pingshan_kit.auth import actor, protect
from pingshan_ui import render
from pingshan_ui.environment import Again, language
from pingshan_values.shanghai import begin_of, day_after
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER
from pingshan_e_license.domain.identifier import qr_text
from pingshan_e_license.domain.license import NEW_VERSION, Act, State
from pingshan_e_license.domain.life_cycle.consequences import TAKES_GROUND_AWAY
from pingshan_e_license.domain.life_cycle.expiry import CHOICES
from pingshan_e_license.entrypoints.inputs import date_of
from pingshan_e_license.entrypoints.life_cycle.decision_pages import slug
from pingshan_e_license.entrypoints.shared import (
    FIXABLE,
    errors_of,
    filled_of,
    license_id_of,
    own_types,
    views,
)
from pingshan_e_license.entrypoints.views import ACTS, ORDERS, STATES, LicenseView, timeline, type_name
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.get_license import get_license
from pingshan_e_license.usecases.life_cycle.get_license_as_of import get_license_as_of
from pingshan_e_license.usecases.life_cycle.list_expiring_licenses import list_expiring_licenses
from pingshan_e_license.usecases.life_cycle.list_my_licenses import list_my_licenses
from pingshan_e_license.usecases.life_cycle.reveal_license import RevealLicense, reveal_license
from pingshan_e_license.usecases.life_cycle.search_licenses import search_licenses
from pingshan_e_license.usecases.life_cycle.shared import LicenseFile

_CONDITIONS = ("holder_code", "text", "type", "state")
_OFFERED = sorted(ORDERS, key=lambda act: act not in NEW_VERSION)
"""New versions first, in the order of ORDERS otherwise."""
_TAKES_AWAY = TAKES_GROUND_AWAY - {Act.SUSPEND}


def end_of(day: date | None) -> datetime | None:
    """Returns the last moment of the day, none of them to come; None for now."""
    return None if day is None else min(begin_of(day_after(day)) - timedelta(microseconds=1), clock.now())


class LicensePages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/workspace", protect(self.workspace, ISSUER), methods=["GET", "POST"]),
            Route("/workspace/expiring", protect(self.expiring, ISSUER)),
            Route("/licenses/{license_id}", protect(self.license)),
            Route("/licenses/{license_id}/reveal", protect(self.reveal), methods=["POST"]),
            Route("/licenses/{license_id}/as-of", protect(self.as_of)),
            Route("/mine", protect(self.mine)),
        ]

    async def workspace(self, request: Request) -> Response:
        """Lists the agency's licences; a holder's code arrives by POST, which keeps it out of addresses."""
        filled = await filled_of(request)
        page = await search_licenses(
            self._deps,
            actor(request),
            holder_code=filled.get("holder_code", "").strip().upper(),
            type_code=filled.get("type", ""),
            text=filled.get("text", "").strip().upper(),
            state=next((each for each in State if each.value == filled.get("state")), None),
            page_token=filled.get("page_token", ""),
        )
        types = await own_types(self._deps, request)
        asked = [(name, filled[name]) for name in (*_CONDITIONS, "page_token") if name in filled]
        again = Again("/workspace", asked) if request.method == "POST" else None
        return render(
            request,
            "life_cycle/workspace.html",
            page=views(request, page),
            types=types,
            states=[(state.value, STATES[state][0]) for state in State],
            conditions={name: filled.get(name, "") for name in _CONDITIONS},
            filled=filled,
            again=again,
        )

    async def license(self, request: Request) -> Response:
        file = await get_license(self._deps, actor(request), license_id=license_id_of(request))
        return self._license_page(request, file)

    async def reveal(self, request: Request) -> Response:
        """Shows the licence with its personal fields, and records who looked."""
        file = await reveal_license(self._deps, actor(request), RevealLicense(license_id_of(request)))
        return self._license_page(request, file)

    async def as_of(self, request: Request) -> Response:
        """Tells what the licence was on a day, by what was known at the end of another one."""
        license_id, asked = license_id_of(request), request.query_params
        answer, errors = None, []
        try:
            at = end_of(date_of(asked.get("day", ""), "day"))
            known_at = end_of(date_of(asked.get("known_on", ""), "known_on"))
            answer = await get_license_as_of(
                self._deps, actor(request), license_id=license_id, at=at, known_at=known_at
            )
        except FIXABLE as error:
            errors = errors_of(request, error)
        found = answer.found if answer else None
        return render(
            request,
            "life_cycle/as_of.html",
            status_code=422 if errors else 200,
            license_id=license_id,
            answer=answer.answer if answer else None,
            state=STATES[answer.answer.state] if answer and answer.answer.state else None,
            view=LicenseView(found, partial(language, request)) if found else None,
            history=timeline(answer.answer.known) if answer else [],
            asked=asked,
            errors=errors,
            error_of=dict(errors),
        )

    async def expiring(self, request: Request) -> Response:
        asked = request.query_params
        days = next((each for each in CHOICES if str(each) == asked.get("days")), CHOICES[0])
        page = await list_expiring_licenses(
            self._deps, actor(request), days=days, page_token=asked.get("page_token", "")
        )
        return render(request, "life_cycle/expiring.html", page=views(request, page), days=days, choices=CHOICES)

    def _license_page(self, request: Request, file: LicenseFile) -> Response:
        spoken = partial(language, request)
        return render(
            request,
            "life_cycle/license.html",
            view=LicenseView(file.found, spoken),
            qr_text=qr_text(file.found.license.identifier, self._deps.issuer),
            history=timeline(file.versions),
            newest=file.versions[-1].license,
            flags=[(each, ACTS[each.act], type_name(each.type, spoken())) for each in file.flags],
            acts=[(slug(each), ORDERS[each], each in _TAKES_AWAY) for each in _OFFERED if each in file.acts],
            just_issued="issued" in request.query_params,
        )

    async def mine(self, request: Request) -> Response:
        token = request.query_params.get("page_token", "")
        page = await list_my_licenses(self._deps, actor(request), page_token=token)
        return render(request, "life_cycle/mine.html", page=views(request, page))
