"""The console of `console.py` as a service process: `python -m tests.support.kit.console_process serve …`."""

import asyncio
from functools import partial

from pingshan.e_license.v1 import license_pb2_grpc
from pingshan_kit.logging import log
from pingshan_kit.process.runner import main
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.kit.console import console
from tests.support.kit.rpc import Licenses
from tests.support.kit.service import ELicense


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


def build(settings: ELicense) -> Service:
    database = Database.from_settings(settings)
    http = console(settings, database)
    http.router.routes.insert(0, Route("/slow", slow))
    http.router.routes.insert(0, Route("/die", die))
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
