"""Pages on which an agency makes a licence's next version: a renewal, a change, a correction."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from uuid import uuid4

from pingshan_kit.auth import actor, protect
from pingshan_kit.errors import NotFound
from pingshan_ui import render
from pingshan_ui.environment import language
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER
from pingshan_e_license.domain.holder import CODE_TYPES
from pingshan_e_license.domain.license import Act, LicenseOfType
from pingshan_e_license.domain.life_cycle.new_version import Wish
from pingshan_e_license.entrypoints.attribute_fields import attributes_filled, fields_of, texts_of
from pingshan_e_license.entrypoints.inputs import date_of
from pingshan_e_license.entrypoints.life_cycle.decision_pages import slug
from pingshan_e_license.entrypoints.shared import (
    FIXABLE,
    Errors,
    errors_of,
    filled_of,
    license_id_of,
    request_id_of,
)
from pingshan_e_license.entrypoints.views import ORDERS, LicenseView
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.get_license import get_license
from pingshan_e_license.usecases.life_cycle.renew_license import RenewLicense, renew_license

_LONG_TERM = "9999-12-31"


class RenewalPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route(
                f"/licenses/{{license_id}}/{slug(act)}",
                protect(self._page(act), ISSUER),
                methods=["GET", "POST"],
            )
            for act in (Act.RENEW, Act.CHANGE, Act.CORRECT)
        ]

    def _page(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            return await self._renew(request, act)

        return page

    async def _renew(self, request: Request, act: Act) -> Response:
        file = await get_license(self._deps, actor(request), license_id=license_id_of(request))
        filled = await filled_of(request)
        if request.method == "GET":
            if act not in file.acts:
                raise NotFound
            return self._form(request, act, file.found, _prefilled(act, file.found), [])
        try:
            made = await renew_license(self._deps, actor(request), _command(act, file.found, filled))
        except FIXABLE as error:
            return self._form(request, act, file.found, filled, errors_of(request, error))
        return RedirectResponse(f"/licenses/{made.license.license_id}?issued=1", 303)

    def _form(
        self, request: Request, act: Act, found: LicenseOfType, filled: Mapping[str, str], errors: Errors
    ) -> Response:
        code_types = [(code, kind) for code, kind in CODE_TYPES.items() if kind.kind in found.type.holder_kinds]
        personal = {f"attributes.{name}" for name in found.type.personal_attributes}
        return render(
            request,
            "life_cycle/renew.html",
            status_code=422 if errors else 200,
            act=act.name.lower(),
            order=ORDERS[act],
            view=LicenseView(found, partial(language, request)),
            type=found.type,
            fields_of=fields_of,
            personal=personal,
            code_types=code_types,
            filled=filled,
            errors=errors,
            error_of=dict(errors),
            request_id=uuid4(),
        )


def _prefilled(act: Act, found: LicenseOfType) -> dict[str, str]:
    """Returns what the form shows at first, without personal data: they stay as they are where nothing is typed."""
    licence = found.license
    texts = texts_of(found.type, licence.attributes) | {"holder_code_type": licence.holder.code_type}
    if not licence.holder.is_person:
        texts |= {"holder_name": licence.holder.name, "holder_code": licence.holder.code}
    if act is Act.CORRECT:
        last = licence.period.expires_on
        texts["effective_on"] = licence.period.effective_on.isoformat()
        texts |= {"expires_on": last.isoformat()} if last else {"long_term": "true"}
    return texts


def _command(act: Act, found: LicenseOfType, filled: Mapping[str, str]) -> RenewLicense:
    long_term = filled.get("long_term") == "true"
    wish = Wish(
        holder_name=filled.get("holder_name", ""),
        holder_code=filled.get("holder_code", "").upper(),
        holder_code_type=filled.get("holder_code_type", ""),
        attributes=attributes_filled(found.type, filled),
        effective_on=date_of(filled.get("effective_on", ""), "effective_on"),
        expires_on=date_of(_LONG_TERM if long_term else filled.get("expires_on", ""), "expires_on"),
    )
    return RenewLicense(
        request_id=request_id_of(filled),
        license_id=found.license.license_id,
        act=act,
        wish=wish,
        reason=filled.get("reason", ""),
        legal_basis=filled.get("legal_basis", ""),
    )
