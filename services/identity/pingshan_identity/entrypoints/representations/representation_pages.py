"""Pages of whom one acts for; agents are appointed and ended here."""

from datetime import date
from uuid import UUID

from pingshan_kit.auth import actor
from pingshan_kit.errors import Forbidden
from pingshan_values.errors import DomainError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import (
    AgentNotFound,
    MobileNotValid,
    NotLegalRepresentative,
    RepresentationEndNotValid,
    RepresentationNotFound,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.entrypoints.sessions.own_sessions import own_page
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.representations.appoint_agent import AppointAgent, appoint_agent
from pingshan_identity.usecases.representations.end_representation import EndRepresentation, end_representation
from pingshan_identity.usecases.representations.list_representations import list_representations

PAGE = "/account/representations"
_FIELDS: dict[type[DomainError], str] = {
    MobileNotValid: "mobile",
    AgentNotFound: "mobile",
    RepresentationEndNotValid: "until",
}
_NOBODY = UUID(int=0)


class RepresentationPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route(PAGE, own_page(self._list)),
            Route(f"{PAGE}/appoint", own_page(self._appoint), methods=["POST"]),
            Route(f"{PAGE}/end", own_page(self._end), methods=["POST"]),
        ]

    async def _list(self, request: Request, error: DomainError | None = None, form: FormData | None = None) -> Response:
        if actor(request).realm != Realm.PUBLIC.value:
            raise Forbidden(roles="public")
        own = await list_representations(self._deps, actor(request))
        typed = form or FormData()
        return page_with(
            request,
            "representations/representations.html",
            error,
            own=own,
            wrong=_FIELDS.get(type(error)) if error else None,
            appointing=str(typed.get("representation_id", "")),
            mobile=str(typed.get("mobile", ""))[:20],
            named=str(typed.get("name", ""))[:100],
            until=str(typed.get("until", ""))[:10],
            scope=typed.getlist("scope"),
        )

    async def _appoint(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = AppointAgent(
                representation_id=_id(form),
                mobile=str(form.get("mobile", ""))[:40],
                name=str(form.get("name", ""))[:100],
                scope=[str(code) for code in form.getlist("scope")],
                until=_day(str(form.get("until", ""))),
            )
            await appoint_agent(self._deps, actor(request), command)
        except (AgentNotFound, MobileNotValid, NotLegalRepresentative, RepresentationEndNotValid) as error:
            return await self._list(request, error, form)
        return RedirectResponse(PAGE, 303)

    async def _end(self, request: Request) -> Response:
        try:
            command = EndRepresentation(_id(await request.form()))
            await end_representation(self._deps, actor(request), command)
        except RepresentationNotFound as error:
            return await self._list(request, error)
        return RedirectResponse(PAGE, 303)


def _id(form: FormData) -> UUID:
    """Returns the id of a representation; nobody's for a text that is no id."""
    try:
        return UUID(str(form.get("representation_id", "")))
    except ValueError:
        return _NOBODY


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
