"""Changes that need two people: the list, one of them, and the decision."""

from datetime import datetime
from typing import Any

from pingshan_kit.auth import actor
from pingshan_ui import render
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR
from pingshan_identity.domain.change_request import ChangeKind, Decision
from pingshan_identity.domain.errors import ChangeNotFound, ChangeOwn, PersonNotFound, PowersJoined, ReasonRequired
from pingshan_identity.entrypoints.admin_forms import moment
from pingshan_identity.entrypoints.own_sessions import own_page
from pingshan_identity.entrypoints.sign_in_pages import page_with
from pingshan_identity.usecases.decide_change import decide_change
from pingshan_identity.usecases.list_changes import list_changes
from pingshan_identity.usecases.propose_change import propose_change
from pingshan_identity.usecases.read_change import read_change
from pingshan_identity.usecases.rotate_keys import rotate_keys
from pingshan_identity.usecases.take_outcome import take_outcome
from pingshan_identity.usecases.tools import Tools

_REFUSALS = (ChangeNotFound, ChangeOwn, PersonNotFound, PowersJoined, ReasonRequired)
_BOTH = (SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)


class AdminChanges:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        change = "/admin/changes/{change_id:uuid}"
        self.routes: list[BaseRoute] = [
            Route("/admin/changes", own_page(self._list, *_BOTH)),
            Route("/admin/changes/propose", own_page(self._propose, SECURITY_ADMINISTRATOR), methods=["POST"]),
            Route(change, own_page(self._show, *_BOTH)),
            Route(f"{change}/decide", own_page(self._decide, *_BOTH), methods=["POST"]),
            Route(f"{change}/outcome", own_page(self._outcome, *_BOTH), methods=["POST"]),
        ]

    async def _list(self, request: Request) -> Response:
        done = request.query_params.get("done") == "true"
        before: datetime | None = moment(request.query_params.get("before", ""))
        page = await list_changes(
            actor(request), self._tools.database, self._tools.personal, open_only=not done, before=before
        )
        return render(request, "admin/changes.html", page=page, done=done)

    async def _propose(self, request: Request) -> Response:
        """What the security administrator proposes: new factors for a person, new signing keys."""
        form = await request.form()
        kind = ChangeKind.RESET_FACTORS if form.get("kind") == ChangeKind.RESET_FACTORS else ChangeKind.ROTATE_KEYS
        person_id = str(form.get("person_id", ""))[:100]
        about_person = kind is ChangeKind.RESET_FACTORS
        change_id = await propose_change(
            actor(request),
            self._tools.database,
            kind=kind,
            subject=f"person:{person_id}" if about_person else "keys",
            details={"person_id": person_id} if about_person else {},
            reason=str(form.get("reason", "")),
        )
        return RedirectResponse(f"/admin/changes/{change_id}", 303)

    async def _show(self, request: Request, *, error: DomainError | None = None, secret: str = "") -> Response:
        view = await read_change(
            actor(request),
            self._tools.database,
            self._tools.personal,
            change_id=request.path_params["change_id"],
        )
        mine = view.change.requested_by == actor(request).person_id
        context: dict[str, Any] = {"view": view, "secret": secret, "mine": mine, "issuer": self._tools.signer.issuer}
        return page_with(request, "admin/change.html", error, **context)

    async def _decide(self, request: Request) -> Response:
        form = await request.form()
        wanted = str(form.get("decision", ""))
        decision = Decision(wanted) if wanted in set(Decision) else Decision.REFUSED
        try:
            decided = await decide_change(
                actor(request),
                self._tools.database,
                self._tools.personal,
                change_id=request.path_params["change_id"],
                decision=decision,
                reason=str(form.get("reason", "")),
            )
        except _REFUSALS as refused:
            return await self._show(request, error=refused)
        if decided.kind is ChangeKind.ROTATE_KEYS and decision is Decision.APPROVED:
            await rotate_keys(actor(request), self._tools.database, self._tools.personal)
        return RedirectResponse(f"/admin/changes/{request.path_params['change_id']}", 303)

    async def _outcome(self, request: Request) -> Response:
        """Shown once, in the answer to this very form: it never stands in an address."""
        try:
            secret = await take_outcome(
                actor(request),
                self._tools.database,
                self._tools.personal,
                change_id=request.path_params["change_id"],
            )
        except ChangeNotFound as refused:
            return await self._show(request, error=refused)
        return await self._show(request, secret=secret)
