"""The console of `console.py` as a service process: `python -m tests.support.kit.console_process serve …`."""

import asyncio
import gc
from functools import partial

from pingshan.e_license.v1 import license_pb2_grpc
from pingshan_kit.logging import log
from pingshan_kit.process.runner import main
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.support.kit.console import console
from tests.support.kit.rpc import Licenses
from tests.support.kit.service import ELicense, alive


async def slow(_request: Request) -> Response:
    await asyncio.sleep(1)
    return PlainTextResponse("done")


async def fragile() -> None:
    """Lives until a request tells it to die."""
    await DEATH.wait()
    raise RuntimeError("a part has died")


async def steady() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        log.info("steady.stopped")


DEATH = asyncio.Event()


async def die(_request: Request) -> Response:
    DEATH.set()
    return PlainTextResponse("dying")


COLLECTED_WHILE_BUILT: list[bool] = []


async def collector(_request: Request) -> Response:
    found = {"while_built": COLLECTED_WHILE_BUILT, "now": gc.isenabled(), "frozen": gc.get_freeze_count()}
    return JSONResponse(found)


def build(settings: ELicense) -> Service:
    COLLECTED_WHILE_BUILT.append(gc.isenabled())
    trust_of(settings).revocations.introspect = alive  # no identity answers here
    database = Database.from_settings(settings)
    http = console(settings, database)
    http.router.routes.insert(0, Route("/slow", slow))
    http.router.routes.insert(0, Route("/die", die))
    http.router.routes.insert(0, Route("/collector", collector))
    return Service(
        settings=settings,
        database=database,
        errors={},
        http=http,
        grpc=[partial(license_pb2_grpc.add_LicenseServiceServicer_to_server, Licenses())],
        components={"fragile": fragile, "steady": steady, "worker": steady},
        separate=frozenset({"worker"}),
    )


if __name__ == "__main__":
    main(build, ELicense)
