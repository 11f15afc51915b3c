"""Joins the parts of wifi-portal."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from pingshan.wifi_portal.v1.hotspot_pb2_grpc import add_HotspotServiceServicer_to_server
from pingshan.wifi_portal.v1.session_pb2_grpc import add_SessionServiceServicer_to_server
from pingshan_kit import rpc
from pingshan_kit.auth import PageAuth
from pingshan_kit.crypto import PersonalData
from pingshan_kit.http import application
from pingshan_kit.intake import Intake
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database
from pingshan_ui import environment

from pingshan_wifi_portal.clients.dynamic_authorization import DynamicAuthorizationClient
from pingshan_wifi_portal.clients.notifications import Notifications
from pingshan_wifi_portal.entrypoints import api, captive_pages, console_pages, intakes, jobs, machine
from pingshan_wifi_portal.entrypoints.errors import ERRORS
from pingshan_wifi_portal.entrypoints.grpc import Hotspots, Sessions
from pingshan_wifi_portal.entrypoints.radius import Radius
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.store.retention import RETENTION
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.network.seed_network import seed_network

_WEB = Path(__file__).parent / "web"


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    return Service(
        settings=settings,
        database=database,
        errors=ERRORS,
        http=application(
            settings,
            database=database,
            errors=ERRORS,
            pages=[*captive_pages.routes(deps), *console_pages.routes(deps)],
            api=api.router(deps),
            machine=machine.routes(deps),
            templates=environment(_WEB, zh="公共无线网络", en="Public Wi-Fi"),
            auth=PageAuth(settings, database),
            static=_WEB / "static",
        ),
        grpc=[
            partial(add_HotspotServiceServicer_to_server, Hotspots(deps)),
            partial(add_SessionServiceServicer_to_server, Sessions(deps)),
        ],
        jobs=jobs.handlers(deps),
        periodic=jobs.periodic(deps),
        intakes=intakes.handlers(),
        retention=RETENTION,
        components={"radius": Radius(deps).run},
        close=[close],
    )


async def seed(settings: Settings) -> None:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    try:
        await seed_network(deps)
    finally:
        await close()
        await database.close()


def dependencies(settings: Settings, database: Database) -> tuple[Dependencies, Callable[[], Awaitable[None]]]:
    """Returns what use cases need, and a function that closes its channel but not the database."""
    alerts = rpc.channel(settings, "alerts")
    personal = PersonalData.from_settings(settings)
    deps = Dependencies(
        settings=settings,
        database=database,
        personal=personal,
        intake=Intake(database, personal),
        notifications=Notifications(alerts),
        dynamic_authorization=DynamicAuthorizationClient(settings.coa_port),
    )
    return deps, partial(alerts.close, None)
