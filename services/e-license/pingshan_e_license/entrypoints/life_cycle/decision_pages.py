"""Pages on which an agency decides on a licence, after it has seen what that brings about."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from pingshan_kit.auth import actor, protect
from pingshan_ui import render
from pingshan_ui.environment import language
from pingshan_values.shanghai import begin_of
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER
from pingshan_e_license.domain.license import Act
from pingshan_e_license.entrypoints.inputs import date_of
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
from pingshan_e_license.usecases.life_cycle.decide_license import DecideLicense, decide_license
from pingshan_e_license.usecases.life_cycle.preview_consequences import preview_consequences
from pingshan_e_license.usecases.life_cycle.restore_license import RestoreLicense, restore_license

_LEVELS = {
    Act.SUSPEND: 0,
    Act.RESUME: 0,
    Act.REVOKE: 2,
    Act.RESCIND: 2,
    Act.CANCEL: 2,
    Act.LAPSE: 2,
    Act.TRANSFER_OUT: 2,
    Act.RESTORE: 2,
}
"""Level of sign-in: two factors for what cannot be taken back."""
_OUTCOMES = {
    Act.SUSPEND: "立即生效：恢复之前，{holder} 不得使用 {type}，核验时会显示暂停；持证主体会收到通知。",
    Act.RESUME: "立即生效：{holder} 可以重新使用 {type}；因这次暂停加上的提示会一并撤下；持证主体会收到通知。",
    Act.REVOKE: "立即生效，不能撤回：{holder} 将失去 {type}，并会收到通知；核验时会显示已吊销；相关办件会得到提示。",
    Act.RESCIND: "立即生效，不能撤回：{holder} 的 {type} 视为不应颁发而被撤销，会收到通知；核验时会显示已撤销。",
    Act.CANCEL: "立即生效，不能撤回：应持证主体申请，{holder} 的 {type} 将注销；核验时会显示已注销。",
    Act.LAPSE: "立即生效，不能撤回：{holder} 的 {type} 将宣告失效；核验时会显示已失效。",
    Act.TRANSFER_OUT: "立即生效，不能撤回：{holder} 的 {type} 将迁出本区，此后由迁入地管理；核验时会显示已迁出。",
    Act.RESTORE: "立即生效：{holder} 的 {type} 将以新的版本恢复，内容和有效期不变；原来的决定留在经过中。",
}


def slug(act: Act) -> str:
    """Returns the last part of the act's address."""
    return act.name.lower().replace("_", "-")


class DecisionPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route(
                f"/licenses/{{license_id}}/{slug(act)}",
                protect(self._page(act), ISSUER, level=level),
                methods=["GET", "POST"],
            )
            for act, level in _LEVELS.items()
        ]

    def _page(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            return await self._decide(request, act)

        return page

    async def _decide(self, request: Request, act: Act) -> Response:
        license_id, filled = license_id_of(request), await filled_of(request)
        if request.method == "GET":
            return await self._form(request, act, license_id, {}, [])
        try:
            leads_to = await self._act(request, act, license_id, filled)
        except FIXABLE as error:
            return await self._form(request, act, license_id, filled, errors_of(request, error))
        return RedirectResponse(f"/licenses/{leads_to}", 303)

    async def _act(self, request: Request, act: Act, license_id: UUID, filled: Mapping[str, str]) -> UUID:
        """Returns the licence to show afterwards: the next version where the act makes one."""
        request_id, effective_at = request_id_of(filled), _begin_of(filled)
        reason, legal_basis = filled.get("reason", ""), filled.get("legal_basis", "")
        if act is Act.RESTORE:
            number = filled.get("decision_number", "")
            order = RestoreLicense(request_id, license_id, number, reason, legal_basis, effective_at)
            return (await restore_license(self._deps, actor(request), order)).license.license_id
        command = DecideLicense(request_id, license_id, act, reason, legal_basis, effective_at)
        await decide_license(self._deps, actor(request), command)
        return license_id

    async def _form(
        self, request: Request, act: Act, license_id: UUID, filled: Mapping[str, str], errors: Errors
    ) -> Response:
        found = await preview_consequences(self._deps, actor(request), license_id=license_id, act=act)
        spoken = partial(language, request)
        return render(
            request,
            "life_cycle/decide.html",
            status_code=422 if errors else 200,
            order=ORDERS[act],
            outcome=_OUTCOMES[act],
            is_restoration=act is Act.RESTORE,
            is_danger=_LEVELS[act] > 0 and act is not Act.RESTORE,
            view=LicenseView(found.found, spoken),
            dependants=[LicenseView(each, spoken) for each in found.dependants],
            case_ids=found.case_ids,
            filled=filled,
            errors=errors,
            error_of=dict(errors),
            request_id=uuid4(),
        )


def _begin_of(filled: Mapping[str, str]) -> datetime | None:
    """Returns the moment at which the day begins from which the decision holds; None for now."""
    day = date_of(filled.get("effective_at", ""), "effective_at")
    return None if day is None else begin_of(day)
