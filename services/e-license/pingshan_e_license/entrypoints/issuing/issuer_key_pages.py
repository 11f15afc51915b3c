"""The page of the keys that sign licences: replaced, or revoked by date, by whoever operates the exchange."""

from datetime import datetime

from pingshan_kit import clock
from pingshan_kit.auth import actor, protect
from pingshan_kit.errors import InvalidRequest
from pingshan_ui import render
from pingshan_values.shanghai import SHANGHAI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import OPERATOR
from pingshan_e_license.domain.errors import IssuerKeyRevoked
from pingshan_e_license.domain.issuing.issuer_key import RevocationReason, state_of_key
from pingshan_e_license.entrypoints.shared import FIXABLE, Errors, errors_of, filled_of
from pingshan_e_license.usecases.catalogue.list_agencies import list_agencies
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.list_issuer_keys import list_keys_to_manage
from pingshan_e_license.usecases.issuing.replace_issuer_key import ReplaceIssuerKey, replace_issuer_key
from pingshan_e_license.usecases.issuing.revoke_issuer_key import RevokeIssuerKey, revoke_issuer_key

REASONS = {
    RevocationReason.COMPROMISED: "密钥可能被他人取得",
    RevocationReason.SUPERSEDED: "改用其他密钥",
    RevocationReason.UNSPECIFIED: "其他原因",
}
STATES = {
    "to_come": ("尚未启用", "info"),
    "signs": ("正在签名", "good"),
    "ended": ("只用于验证", "info"),
    "revoked": ("已作废", "error"),
}


class IssuerKeyPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/keys", protect(self.keys, OPERATOR)),
            Route("/keys/{kid}/replace", protect(self.replace, OPERATOR, level=2), methods=["POST"]),
            Route("/keys/{kid}/revoke", protect(self.revoke, OPERATOR, level=2), methods=["POST"]),
        ]

    async def keys(self, request: Request) -> Response:
        return await self._page(request, [])

    async def replace(self, request: Request) -> Response:
        """Lets another key sign from now on; what this one signed stays authentic."""
        try:
            await replace_issuer_key(self._deps, actor(request), ReplaceIssuerKey(request.path_params["kid"]))
        except IssuerKeyRevoked as error:
            return await self._page(request, errors_of(request, error))
        return RedirectResponse("/keys", 303)

    async def revoke(self, request: Request) -> Response:
        """Lets nothing count that this key signed from a time on, which is given in Shanghai's."""
        filled = await filled_of(request)
        try:
            command = RevokeIssuerKey(request.path_params["kid"], _reason(filled), _since(filled))
            await revoke_issuer_key(self._deps, actor(request), command)
        except (*FIXABLE, IssuerKeyRevoked) as error:
            return await self._page(request, errors_of(request, error))
        return RedirectResponse("/keys", 303)

    async def _page(self, request: Request, errors: Errors) -> Response:
        keys = await list_keys_to_manage(self._deps, actor(request))
        return render(
            request,
            "issuing/keys.html",
            status_code=422 if errors else 200,
            keys=[(key, STATES[state_of_key(key, clock.now())]) for key in keys],
            agencies=await list_agencies(self._deps),
            reasons=REASONS,
            errors=[(None, said) for _, said in errors],
        )


def _reason(filled: dict[str, str]) -> RevocationReason:
    try:
        return RevocationReason(filled.get("reason", ""))
    except ValueError as error:
        raise InvalidRequest([("reason", "请选择作废的原因。", "Choose why it is revoked.")]) from error


def _since(filled: dict[str, str]) -> datetime | None:
    """Returns the moment of a `datetime-local` field, None for an empty one. Raises InvalidRequest."""
    text = filled.get("since", "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise InvalidRequest([("since", "时间格式不正确。", "This is not a date with a time.")]) from error
