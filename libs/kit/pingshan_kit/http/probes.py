"""/healthz: the process runs. /readyz: it may be given work."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from pingshan_kit.site import site_of


async def healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    ready, facts = await site_of(request).readiness.report()
    return JSONResponse(facts, 200 if ready else 503)
