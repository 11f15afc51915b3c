"""One process that plays every party outside: `python -m pingshan_simulators`."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pingshan_ui
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pingshan_simulators.browser_facts import BrowserFacts
from pingshan_simulators.district_systems import DistrictSystems
from pingshan_simulators.sms_carrier import CarrierSettings, SmsCarrier


def build() -> Starlette:
    """Every simulator below its own path; the addresses come from the environment (`PINGSHAN_SIMULATORS_…`)."""
    issuer = os.environ["PINGSHAN_SIMULATORS_ISSUER"]
    carrier = SmsCarrier(CarrierSettings.from_environment())
    systems = DistrictSystems(
        origin=f"http://localhost:{_port()}",
        issuer=issuer,
        secrets_file=Path(os.environ["PINGSHAN_SIMULATORS_CLIENT_SECRETS_FILE"]),
    )

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        receipts = asyncio.create_task(carrier.run())
        yield
        receipts.cancel()
        carrier.close()

    application = Starlette(
        routes=[
            Route("/", _home),
            Route("/healthz", _healthz),
            Mount("/static/ui", StaticFiles(packages=[("pingshan_ui", "static")])),
            Mount("/carrier", routes=carrier.routes),
            Mount("/systems", routes=systems.routes),
        ],
        middleware=[Middleware(BrowserFacts, issuer=issuer)],
        lifespan=running,
    )
    application.state.templates = pingshan_ui.environment(
        Path(__file__).parent, zh="模拟外部系统", en="Simulated outside systems"
    )
    return application


async def _home(request: Request) -> Response:
    return pingshan_ui.render(request, "simulators.html")


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok")


def _port() -> int:
    return int(os.environ["PINGSHAN_SIMULATORS_HTTP_PORT"])


def main() -> None:
    """Serves until SIGTERM."""
    Path(os.environ["PINGSHAN_SIMULATORS_DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    uvicorn.run(build(), host="127.0.0.1", port=_port(), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
