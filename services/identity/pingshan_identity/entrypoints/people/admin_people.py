"""Pages of staff, for administrators: who joins, moves, leaves, and acts for whom."""

from collections.abc import Awaitable, Sequence
from typing import Any
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.auth import actor
from pingshan_kit.errors import InvalidRequest
from pingshan_ui import render
from pingshan_values.errors import DomainError, Violation
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import AUDITOR, SEPARATED, SYSTEM_ADMINISTRATOR, AdministrativeAct
from pingshan_identity.domain.audit.reason import reason_violations
from pingshan_identity.domain.dual_control.change_request import ChangeKind, proposers
from pingshan_identity.domain.dual_control.proposal import details_of_move
from pingshan_identity.domain.errors import (
    ChangeForOneself,
    ChangeOpen,
    DeputyRefused,
    LastHolder,
    LoginNameTaken,
    NoLeavingPlanned,
    NoMovePlanned,
    PersonChanged,
    PersonNotFound,
    PowersJoined,
    ReasonRequired,
    RequestInvalid,
    TakesTwo,
)
from pingshan_identity.domain.people.staff_filter import StaffFilter
from pingshan_identity.entrypoints.admin_forms import day, number, period, staff_form, uuid
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page, own_page
from pingshan_identity.entrypoints.shared import INVALID, page_with, sentences, sheet_download, sheet_kind, typed_in
from pingshan_identity.entrypoints.sign_out.held_sign_outs import HeldSignOuts
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.dual_control.propose_change import ProposeChange, propose_change
from pingshan_identity.usecases.people.add_person import AddPerson, add_person
from pingshan_identity.usecases.people.appoint_deputy import AppointDeputy, appoint_deputy
from pingshan_identity.usecases.people.cancel_leaving import CancelLeaving, cancel_leaving
from pingshan_identity.usecases.people.cancel_move import CancelMove, cancel_move
from pingshan_identity.usecases.people.end_deputy import EndDeputy, end_deputy
from pingshan_identity.usecases.people.end_employment import EndEmployment, end_employment
from pingshan_identity.usecases.people.export_people import ExportPeople, export_people
from pingshan_identity.usecases.people.list_people import list_people
from pingshan_identity.usecases.people.move_person import MovePerson, move_person
from pingshan_identity.usecases.people.read_person import read_person
from pingshan_identity.usecases.people.reveal_mobile import RevealMobile, reveal_mobile
from pingshan_identity.usecases.sheets import MOST_ROWS

_STATES = frozenset({"present", "leaving", "left", "all"})
_REFUSALS = (
    ChangeForOneself,
    ChangeOpen,
    DeputyRefused,
    LastHolder,
    LoginNameTaken,
    NoLeavingPlanned,
    NoMovePlanned,
    PersonChanged,
    PersonNotFound,
    PowersJoined,
    ReasonRequired,
)


class AdminPeople:
    def __init__(self, settings: Settings, deps: Dependencies) -> None:
        self._deps = deps
        self._held = HeldSignOuts(settings)
        person = "/admin/people/{person_id:uuid}"
        self.routes: list[BaseRoute] = [
            Route("/admin", own_page(self._first, *SEPARATED)),
            Route("/admin/people", administrators_page(self._list, AdministrativeAct.LIST_PEOPLE)),
            Route("/admin/people.{kind}", administrators_page(self._export, AdministrativeAct.EXPORT_PEOPLE)),
            Route(
                "/admin/people/new",
                administrators_page(self._new, AdministrativeAct.ADD_PERSON),
                methods=["GET", "POST"],
            ),
            Route(person, administrators_page(self._person, AdministrativeAct.READ_PERSON)),
            *(
                Route(f"{person}/{name}", administrators_page(page, act), methods=["POST"])
                for name, page, act in (
                    ("move", self._move, AdministrativeAct.MOVE_PERSON),
                    ("leave", self._leave, AdministrativeAct.END_EMPLOYMENT),
                    ("move/cancel", self._cancel_move, AdministrativeAct.CANCEL_MOVE),
                    ("leave/cancel", self._cancel_leaving, AdministrativeAct.CANCEL_LEAVING),
                    ("reveal", self._reveal, AdministrativeAct.REVEAL_MOBILE),
                    ("deputies", self._deputy, AdministrativeAct.APPOINT_DEPUTY),
                    ("deputies/end", self._end_deputy, AdministrativeAct.END_DEPUTY),
                )
            ),
            *(
                Route(f"{person}/{name}", own_page(page, *proposers(kind)), methods=["POST"])
                for name, page, kind in (
                    ("powers", self._power, ChangeKind.GIVE_POWER),
                    ("powers/end", self._end_power, ChangeKind.END_POWER),
                    ("departure", self._departure, ChangeKind.RECORD_DEPARTURE),
                )
            ),
        ]

    async def _first(self, request: Request) -> Response:
        """Redirects to the first section that the administrator has."""
        return RedirectResponse("/admin/records" if AUDITOR in actor(request).roles else "/admin/people", 303)

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        state = query.get("state", "present")
        wanted = StaffFilter(
            organisation=query.get("organisation", "")[:100],
            post=query.get("post", "")[:100],
            state=state if state in _STATES else "present",
        )
        search = query.get("q", "")[:100]
        after = query.get("after", "")[:100]
        page = await list_people(self._deps, actor(request), wanted=wanted, search=search, after=after)
        context: dict[str, Any] = {"page": page, "wanted": wanted, "search": search}
        return render(request, "admin/people.html", most_exported=MOST_ROWS, **context)

    async def _export(self, request: Request) -> Response:
        query = request.query_params
        wanted = StaffFilter(query.get("organisation", "")[:100], query.get("post", "")[:100], query.get("state", ""))
        rows = await export_people(self._deps, actor(request), ExportPeople(wanted))
        return await sheet_download(self._deps, rows, sheet_kind(request), "people")

    async def _new(self, request: Request) -> Response:
        page = await list_people(self._deps, actor(request), wanted=StaffFilter())
        context: dict[str, Any] = {"page": page, "today": clock.today(), "given": {}, "given_posts": []}
        if request.method == "GET":
            return render(request, "admin/person_new.html", errors=[], error=None, **context)
        form = await request.form()
        context |= {"given": dict(form), "given_posts": form.getlist("posts")}
        try:
            command = AddPerson(staff_form(form, clock.today()))
            joined = await add_person(self._deps, actor(request), command)
        except INVALID as refused:
            errors = sentences(request, refused)
            return render(request, "admin/person_new.html", status_code=422, errors=errors, error=None, **context)
        except _REFUSALS as refused:
            return page_with(request, "admin/person_new.html", refused, form=form, errors=[], **context)
        return render(request, "admin/person_added.html", joined=joined, login_name=form.get("login_name", ""))

    async def _person(
        self,
        request: Request,
        *,
        error: DomainError | None = None,
        violations: InvalidRequest | RequestInvalid | None = None,
        mobile: str = "",
    ) -> Response:
        typed = await typed_in(request)
        person_id = request.path_params.get("person_id") or uuid(typed.get("person_id", "") if typed else "")
        view = await read_person(self._deps, actor(request), person_id=person_id)
        errors = sentences(request, violations) if violations else []
        response = page_with(
            request,
            "admin/person.html",
            error,
            form=typed,
            view=view,
            errors=errors,
            mobile=mobile,
            can_change=SYSTEM_ADMINISTRATOR in actor(request).roles,
        )
        if errors:
            response.status_code = 422
        return response

    async def refused_proposal(self, request: Request, refused: DomainError) -> Response:
        """Shows the person's page again, where a proposal about them was made and refused."""
        if isinstance(refused, INVALID):
            return await self._person(request, violations=refused)
        return await self._person(request, error=refused)

    async def _move(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = MovePerson(
                person_id=request.path_params["person_id"],
                version=number(form, "version"),
                form=staff_form(form, clock.today()),
            )
            sign_out_id = await move_person(self._deps, actor(request), command)
        except TakesTwo:
            return await self._propose(
                request, ChangeKind.MOVE_PERSON, details_of_move(command.person_id, command.form)
            )
        except INVALID as refused:
            return await self._person(request, violations=_with_reason(form, refused.violations))
        except _REFUSALS as refused:
            return await self._person(request, error=refused)
        return self._to_board(request, sign_out_id)

    async def _leave(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = EndEmployment(
                person_id=request.path_params["person_id"],
                version=number(form, "version"),
                on=day(form, "on", default=clock.today()),
            )
            sign_out_id = await end_employment(self._deps, actor(request), command)
        except TakesTwo:
            details = {"person_id": str(command.person_id), "on": command.on.isoformat()}
            return await self._propose(request, ChangeKind.END_EMPLOYMENT, details)
        except INVALID as refused:
            return await self._person(request, violations=_with_reason(form, refused.violations))
        except _REFUSALS as refused:
            return await self._person(request, error=refused)
        return self._to_board(request, sign_out_id)

    async def _cancel_leaving(self, request: Request) -> Response:
        command = CancelLeaving(request.path_params["person_id"], number(await request.form(), "version"))
        taken_back = cancel_leaving(self._deps, actor(request), command)
        return await self._taken_back(request, taken_back, ChangeKind.CANCEL_LEAVING)

    async def _cancel_move(self, request: Request) -> Response:
        command = CancelMove(request.path_params["person_id"], number(await request.form(), "version"))
        taken_back = cancel_move(self._deps, actor(request), command)
        return await self._taken_back(request, taken_back, ChangeKind.CANCEL_MOVE)

    async def _taken_back(self, request: Request, taken_back: Awaitable[None], by_two: ChangeKind) -> Response:
        """Takes a plan back, or proposes `by_two` where one alone may not."""
        try:
            await taken_back
        except TakesTwo:
            return await self._propose(request, by_two, {"person_id": str(request.path_params["person_id"])})
        except _REFUSALS as refused:
            return await self._person(request, error=refused)
        return self._back(request)

    async def _reveal(self, request: Request) -> Response:
        reason = str((await request.form()).get("reason", ""))
        try:
            command = RevealMobile(request.path_params["person_id"], reason)
            mobile = await reveal_mobile(self._deps, actor(request), command)
        except _REFUSALS as refused:
            return await self._person(request, error=refused)
        return await self._person(request, mobile=mobile)

    async def _deputy(self, request: Request) -> Response:
        form = await request.form()
        try:
            since, until = period(form, "deputy_since", "deputy_until", today=clock.today(), open_ended=False)
            command = AppointDeputy(
                person_id=request.path_params["person_id"],
                deputy_login=str(form.get("deputy", "")).strip().lower()[:100],
                post=str(form.get("post", ""))[:100],
                since=since,
                until=until or since,
            )
            await appoint_deputy(self._deps, actor(request), command)
        except TakesTwo as refused:
            return await self._propose(
                request,
                ChangeKind.APPOINT_DEPUTY,
                {
                    "person_id": str(command.person_id),
                    "deputy_id": refused.params["person_id"],
                    "post": command.post,
                    "since": command.since.isoformat(),
                    "until": command.until.isoformat(),
                },
            )
        except INVALID as refused:
            return await self._person(request, violations=refused)
        except _REFUSALS as refused:
            return await self._person(request, error=refused)
        return self._back(request)

    async def _end_deputy(self, request: Request) -> Response:
        form = await request.form()
        command = EndDeputy(deputy_id=uuid(form.get("deputy_id")), post=str(form.get("post", ""))[:100])
        try:
            await end_deputy(self._deps, actor(request), command)
        except TakesTwo:
            details = {"person_id": str(command.deputy_id), "post": command.post}
            return await self._propose(request, ChangeKind.END_DEPUTY, details)
        except _REFUSALS as refused:
            return await self._person(request, error=refused)
        return self._back(request)

    async def _power(self, request: Request) -> Response:
        """Proposes to give a post with powers."""
        form = await request.form()
        try:
            since, until = period(form, "power_since", "power_until", today=clock.today())
        except InvalidRequest as refused:
            return await self._person(request, violations=_with_reason(form, refused.violations))
        details = {
            "person_id": str(request.path_params["person_id"]),
            "post": str(form.get("power", ""))[:100],
            "since": since.isoformat(),
            "until": until.isoformat() if until else None,
        }
        return await self._propose(request, ChangeKind.GIVE_POWER, details)

    async def _end_power(self, request: Request) -> Response:
        """Proposes to end a post with powers."""
        form = await request.form()
        person_id = str(request.path_params["person_id"])
        details = {"person_id": person_id, "post": str(form.get("power", ""))[:100]}
        return await self._propose(request, ChangeKind.END_POWER, details)

    async def _departure(self, request: Request) -> Response:
        """Proposes to record that an administrator has left or died."""
        form = await request.form()
        try:
            on = day(form, "on", default=clock.today()).isoformat()
        except InvalidRequest as refused:
            return await self._person(request, violations=_with_reason(form, refused.violations))
        details = {"person_id": str(request.path_params["person_id"]), "on": on}
        return await self._propose(request, ChangeKind.RECORD_DEPARTURE, details)

    async def _propose(self, request: Request, kind: ChangeKind, details: dict[str, Any]) -> Response:
        """Proposes what takes two, with the reason of the form."""
        reason = str((await request.form()).get("reason", ""))
        try:
            subject = f"person:{details.get('deputy_id', details['person_id'])}"
            command = ProposeChange(kind, subject, details, reason)
            change_id = await propose_change(self._deps, actor(request), command)
        except INVALID as refused:
            return await self._person(request, violations=refused)
        except _REFUSALS as refused:
            return await self._person(request, error=refused)
        return RedirectResponse(f"/admin/changes/{change_id}", 303)

    def _to_board(self, request: Request, sign_out_id: UUID | None) -> Response:
        """Redirects to the board of the sign-out that the change made, else to the person."""
        if sign_out_id is None:
            return self._back(request)
        response = RedirectResponse(f"/sign-outs/{sign_out_id}", 303)
        self._held.keep(request, response, str(sign_out_id))
        return response

    def _back(self, request: Request) -> Response:
        return RedirectResponse(f"/admin/people/{request.path_params['person_id']}", 303)


def _with_reason(form: FormData, violations: Sequence[Violation]) -> RequestInvalid:
    """Returns what is wrong with a form, its reason too where it has a field for one."""
    return RequestInvalid([*violations, *(reason_violations(str(form["reason"])) if "reason" in form else ())])
