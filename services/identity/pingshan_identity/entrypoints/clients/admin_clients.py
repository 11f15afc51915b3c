"""Pages of the systems that rely on our sign-in: the list, one of them, and the form that connects a new one."""

from typing import Any

from pingshan_kit import clock
from pingshan_kit.auth import actor
from pingshan_ui.environment import Said
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, AdministrativeAct
from pingshan_identity.domain.clients.client_secret import OVERLAPS
from pingshan_identity.domain.clients.client_settings import CHANGEABLE, CHOSEN_AT_FIRST
from pingshan_identity.domain.clients.known_software import KNOWN_SOFTWARE, in_need_of_another_method, software_of
from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.errors import ChangeOpen, InitialTokenNotFound, ReasonRequired
from pingshan_identity.domain.keys.signing_key import ALGORITHMS
from pingshan_identity.entrypoints.admin_forms import number, octets
from pingshan_identity.entrypoints.clients.client_form import settings_of
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page, own_page
from pingshan_identity.entrypoints.shared import INVALID, page_with, sentences, typed_in
from pingshan_identity.usecases.clients.list_clients import list_clients
from pingshan_identity.usecases.clients.read_client import ClientView, read_client
from pingshan_identity.usecases.clients.withdraw_initial_token import WithdrawInitialToken, withdraw_initial_token
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.dual_control.propose_change import ProposeChange, propose_change

_BOTH = (SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)
_REFUSALS = (ChangeOpen, ReasonRequired)
_SWITCHES = (ChangeKind.DISABLE_CLIENT, ChangeKind.ENABLE_CLIENT, ChangeKind.ROTATE_SECRET)


class AdminClients:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        client = "/admin/clients/{client_id}"
        self.routes: list[BaseRoute] = [
            Route("/admin/clients", administrators_page(self._list, AdministrativeAct.LIST_CLIENTS)),
            Route("/admin/connect", own_page(self._connect, SYSTEM_ADMINISTRATOR), methods=["GET", "POST"]),
            Route(
                "/admin/initial-tokens/withdraw",
                administrators_page(self._withdraw, AdministrativeAct.WITHDRAW_INITIAL_TOKEN),
                methods=["POST"],
            ),
            Route(client, administrators_page(self._show, AdministrativeAct.READ_CLIENT)),
            Route(f"{client}/change", own_page(self._change, SYSTEM_ADMINISTRATOR), methods=["POST"]),
            Route(f"{client}/switch", own_page(self._switch, SYSTEM_ADMINISTRATOR), methods=["POST"]),
        ]

    async def _list(self, request: Request, *, error: DomainError | None = None) -> Response:
        query = request.query_params
        search, after = query.get("q", "")[:100], query.get("after", "")[:100]
        page = await list_clients(self._deps, actor(request), search=search, after=after)
        context: dict[str, Any] = {"page": page, "search": search}
        return page_with(request, "admin/clients.html", error, form=await typed_in(request), **context)

    async def _withdraw(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = WithdrawInitialToken(octets(form.get("token", "")), reason=str(form.get("reason", "")))
            await withdraw_initial_token(self._deps, actor(request), command)
        except (InitialTokenNotFound, ReasonRequired) as refused:
            return await self._list(request, error=refused)
        return RedirectResponse("/admin/clients", 303)

    async def _show(
        self, request: Request, *, errors: list[tuple[str, Said]] | None = None, error: DomainError | None = None
    ) -> Response:
        client_id = request.path_params["client_id"][:100]
        view = await read_client(self._deps, actor(request), client_id=client_id)
        response = self._page(request, "admin/client.html", view, errors or [], error, form=await typed_in(request))
        if errors:
            response.status_code = 422
        return response

    def _page(
        self,
        request: Request,
        template: str,
        view: ClientView,
        errors: list[tuple[str, Said]],
        error: DomainError | None,
        **context: Any,
    ) -> Response:
        can_change = SYSTEM_ADMINISTRATOR in actor(request).roles
        issuer = self._deps.signer.issuer
        context |= {"algorithms": ALGORITHMS, "now": clock.now(), "known_software": KNOWN_SOFTWARE}
        context |= {"in_need_of_another_method": in_need_of_another_method()}
        context |= {"overlaps": [int(each.total_seconds()) for each in OVERLAPS]}
        return page_with(
            request, template, error, view=view, errors=errors, can_change=can_change, issuer=issuer, **context
        )

    async def _connect(self, request: Request) -> Response:
        """Shows the form of a new system, and proposes its registration to a second person."""
        view = await read_client(self._deps, actor(request), client_id=None)
        if request.method == "GET":
            return self._page(request, "admin/connect.html", view, [], None, **_preset(request))
        form = await request.form()
        given: dict[str, Any] = {
            "given": dict(form),
            "given_open": form.getlist("open_to"),
            "given_scopes": form.getlist("scopes"),
        }
        given |= {"software": software_of(str(form.get("software", ""))), "of_token": False}
        client_id = str(form.get("client_id", "")).strip().lower()[:60]
        try:
            change_id = await self._propose(
                request, ChangeKind.REGISTER_CLIENT, client_id, settings_of(form, client_id)
            )
        except INVALID as refused:
            wrong = sentences(request, refused)
            response = self._page(request, "admin/connect.html", view, wrong, None, form=form, **given)
            response.status_code = 422
            return response
        except _REFUSALS as refused:
            return self._page(request, "admin/connect.html", view, [], refused, form=form, **given)
        return RedirectResponse(f"/admin/changes/{change_id}", 303)

    async def refused_proposal(self, request: Request, refused: DomainError) -> Response:
        """Shows the page again on which an initial access token was asked for and refused."""
        view = await read_client(self._deps, actor(request), client_id=None)
        wrong = sentences(request, refused) if isinstance(refused, INVALID) else []
        error, typed = None if wrong else refused, await typed_in(request)
        given = _preset(request) | {"of_token": True}
        response = self._page(request, "admin/connect.html", view, wrong, error, form=typed, **given)
        if wrong:
            response.status_code = 422
        return response

    async def _change(self, request: Request) -> Response:
        form, client_id = await request.form(), request.path_params["client_id"]
        try:
            settings = settings_of(form, client_id)
            changed = {"client_id": client_id} | {name: settings[name] for name in CHANGEABLE if name in settings}
            change_id = await self._propose(request, ChangeKind.CHANGE_CLIENT, client_id, changed)
        except INVALID as refused:
            return await self._show(request, errors=sentences(request, refused))
        except _REFUSALS as refused:
            return await self._show(request, error=refused)
        return RedirectResponse(f"/admin/changes/{change_id}", 303)

    async def _switch(self, request: Request) -> Response:
        form, client_id = await request.form(), request.path_params["client_id"]
        kind = next((each for each in _SWITCHES if each == form.get("kind")), ChangeKind.DISABLE_CLIENT)
        try:
            details = {"client_id": client_id}
            if kind is ChangeKind.ROTATE_SECRET:
                details["overlap"] = number(form, "overlap")
            change_id = await self._propose(request, kind, client_id, details)
        except INVALID as refused:
            return await self._show(request, errors=sentences(request, refused))
        except _REFUSALS as refused:
            return await self._show(request, error=refused)
        return RedirectResponse(f"/admin/changes/{change_id}", 303)

    async def _propose(self, request: Request, kind: ChangeKind, client_id: str, details: dict[str, Any]) -> str:
        reason = str((await request.form()).get("reason", ""))
        command = ProposeChange(kind, f"client:{client_id}", details, reason)
        return str(await propose_change(self._deps, actor(request), command))


def _preset(request: Request) -> dict[str, Any]:
    """Returns the form of a new system before anybody has typed: with what the chosen software needs."""
    software = software_of(request.query_params.get("software", ""))
    given = {}
    if software is not None:
        given = {"auth_method": software.method, "profile": software.profile, "id_token_alg": software.algorithm}
    return {"given": given, "given_open": [], "given_scopes": CHOSEN_AT_FIRST, "software": software, "of_token": False}
