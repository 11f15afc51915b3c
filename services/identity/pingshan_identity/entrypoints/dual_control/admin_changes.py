"""Pages of changes under dual control: the list, one of them, and the decision."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from pingshan_kit.auth import actor
from pingshan_kit.errors import NotFound
from pingshan_values.errors import DomainError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain import errors
from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SEPARATED, SYSTEM_ADMINISTRATOR, AdministrativeAct
from pingshan_identity.domain.dual_control.change_request import ChangeKind, Decision
from pingshan_identity.domain.keys.signing_key import KEPT_BY_OTHERS
from pingshan_identity.entrypoints.admin_forms import moment, number, uuid
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page, own_page
from pingshan_identity.entrypoints.shared import INVALID, page_with, sentences, typed_in
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.dual_control.decide_change import DecideChange, decide_change
from pingshan_identity.usecases.dual_control.list_changes import list_changes
from pingshan_identity.usecases.dual_control.propose_change import ProposeChange, propose_change
from pingshan_identity.usecases.dual_control.read_change import read_change
from pingshan_identity.usecases.dual_control.take_outcome import TakeOutcome, take_outcome

_REFUSALS = (
    errors.ChangeForOneself,
    errors.ChangeNotFound,
    errors.ChangeOpen,
    errors.ChangeOutdated,
    errors.ChangeOwn,
    errors.DeputyRefused,
    errors.LastHolder,
    errors.NoLeavingPlanned,
    errors.NoMovePlanned,
    errors.PersonNotFound,
    errors.PowersJoined,
    errors.ProposerDismissed,
    errors.ReasonRequired,
    *INVALID,
)
"""Refusals that stand on the page on which somebody proposed or decided."""
_BOTH = (SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)


RefusedPage = Callable[[Request, DomainError], Awaitable[Response]]
"""Returns the page on which a proposal was made, with why it was refused and what was typed."""


class AdminChanges:
    """`pages`: where proposals of a kind are made; those of other kinds are made on the list of changes."""

    def __init__(self, deps: Dependencies, pages: Mapping[ChangeKind, RefusedPage]) -> None:
        self._deps = deps
        self._pages = pages
        change = "/admin/changes/{change_id:uuid}"
        self.routes: list[BaseRoute] = [
            Route("/admin/changes", administrators_page(self._list, AdministrativeAct.LIST_CHANGES)),
            Route("/admin/changes/propose", own_page(self._propose, *_BOTH), methods=["POST"]),
            Route(change, own_page(self._show, *SEPARATED)),
            Route(f"{change}/decide", own_page(self._decide, *SEPARATED), methods=["POST"]),
            Route(f"{change}/outcome", own_page(self._outcome, *_BOTH), methods=["POST"]),
        ]

    async def _list(self, request: Request, *, error: DomainError | None = None) -> Response:
        done = request.query_params.get("done") == "true"
        before: datetime | None = moment(request.query_params.get("before", ""))
        page = await list_changes(self._deps, actor(request), open_only=not done, before=before)
        keys = [(key["kid"], key["alg"]) for key in self._deps.signer.jwks()["keys"]]
        kept = int(KEPT_BY_OTHERS.total_seconds() // 60)
        context: dict[str, Any] = {"page": page, "done": done, "keys": keys, "kept_minutes": kept}
        context["faults"] = sentences(request, error) if isinstance(error, INVALID) else []
        return page_with(request, "admin/changes.html", error, form=await typed_in(request), **context)

    async def _propose(self, request: Request) -> Response:
        """Proposes what begins on this page, and resets; other changes begin at a person or a system."""
        form = await request.form()
        propose = _PROPOSALS.get(str(form.get("kind", "")))
        if propose is None:
            raise NotFound
        kind, subject, details = propose(form)
        try:
            command = ProposeChange(kind, subject, details, reason=str(form.get("reason", "")))
            change_id = await propose_change(self._deps, actor(request), command)
        except _REFUSALS as refused:
            shown = self._pages.get(kind)
            return await (shown(request, refused) if shown else self._list(request, error=refused))
        return RedirectResponse(f"/admin/changes/{change_id}", 303)

    async def _show(self, request: Request, *, error: DomainError | None = None, secret: str = "") -> Response:
        view = await read_change(self._deps, actor(request), change_id=request.path_params["change_id"])
        context: dict[str, Any] = {"view": view, "secret": secret, "issuer": self._deps.signer.issuer}
        context["faults"] = sentences(request, error) if isinstance(error, INVALID) else []
        return page_with(request, "admin/change.html", error, form=await typed_in(request), **context)

    async def _decide(self, request: Request) -> Response:
        form = await request.form()
        wanted = str(form.get("decision", ""))
        decision = Decision(wanted) if wanted in set(Decision) else Decision.REFUSED
        try:
            command = DecideChange(request.path_params["change_id"], decision, reason=str(form.get("reason", "")))
            await decide_change(self._deps, actor(request), command)
        except _REFUSALS as refused:
            return await self._show(request, error=refused)
        return RedirectResponse(f"/admin/changes/{request.path_params['change_id']}", 303)

    async def _outcome(self, request: Request) -> Response:
        """Shows the secret once, in the answer to this form, so that it stands in no address."""
        try:
            command = TakeOutcome(request.path_params["change_id"])
            secret = await take_outcome(self._deps, actor(request), command)
        except errors.ChangeNotFound as refused:
            return await self._show(request, error=refused)
        return await self._show(request, secret=secret)


Proposal = tuple[ChangeKind, str, dict[str, Any]]
"""Kind, subject and details of a change."""


def _new_factors(form: FormData) -> Proposal:
    person_id = str(uuid(form.get("person_id", "")))
    return ChangeKind.RESET_FACTORS, f"person:{person_id}", {"person_id": person_id}


def _new_password(form: FormData) -> Proposal:
    person_id = str(uuid(form.get("person_id", "")))
    return ChangeKind.RESET_PASSWORD, f"person:{person_id}", {"person_id": person_id}


def _new_keys(form: FormData) -> Proposal:
    kid = str(form.get("kid", ""))[:200]
    return ChangeKind.ROTATE_KEYS, f"key:{kid}" if kid else "keys", {"kid": kid} if kid else {}


def _end_sessions(form: FormData) -> Proposal:
    chosen = {name: str(form.get(name, ""))[:100] for name in ("organisation", "client_id")}
    details = {name: value for name, value in chosen.items() if value}
    name, value = next(iter(details.items()), ("organisation", ""))
    return ChangeKind.END_SESSIONS, f"{name.removesuffix('_id')}:{value}", details


def _open_registration(form: FormData) -> Proposal:
    owner, days = str(form.get("owner", ""))[:100], number(form, "days")
    details = {"owner": owner, "uses": number(form, "uses"), "seconds": min(days, 10_000) * 86_400}
    if "profile" in form:
        details["profile"] = str(form["profile"])[:40]
    return ChangeKind.OPEN_REGISTRATION, f"organisation:{owner}", details


_PROPOSALS: dict[str, Callable[[FormData], Proposal]] = {
    ChangeKind.RESET_PASSWORD.value: _new_password,
    ChangeKind.RESET_FACTORS.value: _new_factors,
    ChangeKind.ROTATE_KEYS.value: _new_keys,
    ChangeKind.END_SESSIONS.value: _end_sessions,
    ChangeKind.OPEN_REGISTRATION.value: _open_registration,
}
