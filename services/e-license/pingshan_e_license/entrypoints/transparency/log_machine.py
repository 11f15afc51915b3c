"""Routes for programs: the checkpoint as text, and the status lists."""

from pingshan_values.status_list import MEDIA_TYPE
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.get_checkpoint import get_checkpoint
from pingshan_e_license.usecases.transparency.get_status_list import get_status_list
from pingshan_e_license.usecases.transparency.list_status_lists import list_status_lists

_ASK_AGAIN = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
"""A list changes within a second: whoever keeps it asks whether it is still the newest."""


def routes(deps: Dependencies) -> list[BaseRoute]:
    async def checkpoint(_request: Request) -> PlainTextResponse:
        """Returns the newest checkpoint as a signed note (https://c2sp.org/tlog-checkpoint)."""
        return PlainTextResponse((await get_checkpoint(deps)).checkpoint.note, headers=_ASK_AGAIN)

    async def all_lists(_request: Request) -> JSONResponse:
        """Returns the addresses of all lists (draft-ietf-oauth-status-list-21, section 9.3)."""
        return JSONResponse({"status_lists": await list_status_lists(deps)}, headers=_ASK_AGAIN)

    async def status_list(request: Request) -> Response:
        """Returns one list (section 8.2); 304 for who has it."""
        type_code, number = request.path_params["type"], request.path_params["number"]
        state, token = await get_status_list(deps, type_code=type_code, number=number)
        tag = f'W/"{state.version}-{state.issued_at}"'
        headers = {**_ASK_AGAIN, "ETag": tag}
        if tag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        return Response(token, media_type=f"application/{MEDIA_TYPE}", headers=headers)

    return [
        Route("/log/checkpoint", checkpoint),
        Route("/status-lists", all_lists),
        Route("/status-lists/{type}/{number:int}", status_list),
    ]
