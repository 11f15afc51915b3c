"""The REST side: a FastAPI application below /v1."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, Header, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request

from pingshan_kit.errors import ErrorTable
from pingshan_kit.http.peers import peer_of
from pingshan_kit.http.problems import MEDIA_TYPE, Problems
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.site import site_of

PageSize = Annotated[int, Query(description="items of a page: 50 for 0, never more than 200")]
PageToken = Annotated[str, Query(description="`next_page_token` of the page before; empty for the first page")]


class ViolationDocument(BaseModel):
    path: str
    message: str


class ProblemDocument(BaseModel):
    """Says why a request was refused (RFC 9457), with the platform's code, trace code and refused fields."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    trace_id: str
    violations: list[ViolationDocument] = []


async def idempotency_key(
    request: Request, idempotency_key: Annotated[UUID, Header(description="same id, same act: once")]
) -> AsyncIterator[UUID]:
    """Gives the `Idempotency-Key` of a mutating call, which is answered with 422 without one, when it is its turn.

    Calls with the same key take turns, as `turns.Turns` says: whoever waits holds no connection to PostgreSQL.
    """
    peer = peer_of(request.client.host) if request.client else ""
    async with site_of(request).turns.turn(idempotency_key, peer):
        yield idempotency_key


def rest(settings: ServiceSettings, router: APIRouter, problems: Problems, table: ErrorTable) -> FastAPI:
    """Returns the service's REST API with its OpenAPI document; every refusal is a problem document."""
    refused: dict[int | str, dict[str, Any]] = {
        "default": {
            "description": "refused: a problem document (RFC 9457)",
            "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}},
        }
    }
    api = FastAPI(
        title=settings.service,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        responses=refused,
        exception_handlers=dict.fromkeys((HTTPException, RequestValidationError, Exception, *table), problems.answer),
    )
    api.include_router(router)
    return api
