"""Pages of the duty desk and of an alert."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID, uuid4

import pingshan_ui
from pingshan_kit.auth import actor, protect
from pingshan_kit.clock import now
from pingshan_kit.errors import InvalidRequest
from pingshan_ui.environment import Said
from pingshan_values.level import Level
from pingshan_values.street import Street
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_alerts.domain.access import may_handle
from pingshan_alerts.domain.alert import AlertState
from pingshan_alerts.domain.errors import RequestInvalid
from pingshan_alerts.domain.routing import Channel
from pingshan_alerts.entrypoints.presentation import deadlines, namer, row, street_name, title
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.handling.acknowledge_alert import AcknowledgeAlert, acknowledge_alert
from pingshan_alerts.usecases.handling.get_alert import get_alert
from pingshan_alerts.usecases.handling.list_alerts import AlertFilter, list_alerts
from pingshan_alerts.usecases.handling.mark_alerts_shown import MarkAlertsShown, mark_alerts_shown
from pingshan_alerts.usecases.handling.resolve_alert import ResolveAlert, resolve_alert
from pingshan_alerts.usecases.routing.list_organisations import list_organisations

READERS = ("viewer", "duty-officer", "operator")
STATES: dict[str, tuple[AlertState, ...]] = {
    "live": (AlertState.OPEN, AlertState.ACKNOWLEDGED),
    "open": (AlertState.OPEN,),
    "acknowledged": (AlertState.ACKNOWLEDGED,),
    "resolved": (AlertState.RESOLVED,),
    "all": tuple(AlertState),
}


class Pages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", protect(self.desk, *READERS)),
            Route("/alerts/{alert_id}", protect(self.alert, *READERS)),
            Route("/alerts/{alert_id}/acknowledge", protect(self.acknowledge, "duty-officer"), methods=["POST"]),
            Route("/alerts/{alert_id}/resolve", protect(self.resolve, "duty-officer"), methods=["POST"]),
        ]

    async def desk(self, request: Request) -> Response:
        person, query = actor(request), request.query_params
        organisation = person.organisation or ""
        everybody = query.get("scope") == "all" or not organisation
        wanted = _filter(query, "" if everybody else organisation)
        token = query.get("page_token", "")
        page = await list_alerts(self._deps, person, wanted=wanted, page_token=token)
        await mark_alerts_shown(self._deps, person, MarkAlertsShown([alert.alert_id for alert in page.alerts]))
        at = now()
        rows = [
            row(alert, page.awaited[alert.alert_id], page.acknowledgements[alert.alert_id], organisation, at)
            for alert in page.alerts
        ]
        return pingshan_ui.render(
            request,
            "desk.html",
            rows=rows,
            everybody=everybody,
            state=query.get("state") if query.get("state") in STATES else "live",
            level=wanted.level,
            street=wanted.street,
            streets=[(code.value, street_name(request, code)) for code in Street],
            organisation=namer(request, await list_organisations(self._deps))(organisation),
            may_handle=may_handle(person),
            next_page_token=page.next_page_token,
            first=not token,
            request_id=uuid4,
            title=title,
            street_name=street_name,
        )

    async def alert(self, request: Request) -> Response:
        return await self._alert(request)

    async def _alert(
        self, request: Request, *, form: FormData | None = None, said: Mapping[str, Said] | None = None
    ) -> Response:
        """Shows the alert; `form` is a refused answer, which comes back as it was typed with what is `said` of it."""
        person = actor(request)
        history = await get_alert(self._deps, person, alert_id=request.path_params["alert_id"])
        await mark_alerts_shown(self._deps, person, MarkAlertsShown([history.alert.alert_id]))
        notified = person.organisation in history.notified
        heard = any(each.organisation == person.organisation for each in history.acknowledgements)
        grid: dict[tuple[str, str], dict[str, object]] = {}
        for delivery in history.deliveries:
            grid.setdefault((delivery.organisation, delivery.post), {})[delivery.channel] = delivery
        live = history.alert.is_live
        return pingshan_ui.render(
            request,
            "alert.html",
            alert=history.alert,
            history=history,
            deadlines=deadlines(history.awaited, history.acknowledgements, now()),
            grid=grid,
            channels=[channel for channel in Channel if any(channel in cells for cells in grid.values())],
            organisation_name=namer(request, await list_organisations(self._deps)),
            notified=notified,
            can_acknowledge=may_handle(person) and notified and live and not heard,
            can_resolve=may_handle(person) and notified and live,
            request_id=uuid4 if form is None else partial(form.get, "request_id", ""),
            form=form,
            said=said,
            status_code=200 if form is None else 422,
            title=title,
            street_name=street_name,
        )

    async def acknowledge(self, request: Request) -> Response:
        form = await request.form()
        command = AcknowledgeAlert(
            request_id=_request_id(form.get("request_id")),
            alert_id=request.path_params["alert_id"],
            note=str(form.get("note", "")).strip(),
        )
        try:
            await acknowledge_alert(self._deps, actor(request), command)
        except RequestInvalid as error:
            said = {each.path: Said(request, each.sentence.in_language) for each in error.violations}
            return await self._alert(request, form=form, said=said)
        return self._back(request, str(form.get("back", "")))

    async def resolve(self, request: Request) -> Response:
        form = await request.form()
        command = ResolveAlert(_request_id(form.get("request_id")), request.path_params["alert_id"])
        await resolve_alert(self._deps, actor(request), command)
        return self._back(request, "")

    def _back(self, request: Request, query: str) -> Response:
        """Redirects to the desk with its filters where the form stood there, else to the alert."""
        if query.startswith("?") and query.isprintable():
            return RedirectResponse(f"/{query}", 303)
        return RedirectResponse(f"/alerts/{request.path_params['alert_id']}", 303)


def _filter(query: QueryParams, organisation: str) -> AlertFilter:
    level, street = query.get("level", ""), query.get("street", "")
    return AlertFilter(
        states=STATES.get(query.get("state", ""), STATES["live"]),
        organisation=organisation,
        street=street if street in set(Street) else "",
        level=Level(level) if level in set(Level) else None,
    )


def _request_id(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as error:
        raise InvalidRequest([("request_id", "应为 UUID", "This must be a UUID")]) from error
