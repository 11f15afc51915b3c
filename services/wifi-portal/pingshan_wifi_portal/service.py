"""How the parts of wifi-portal are joined; nothing else."""

from functools import partial
from pathlib import Path

from pingshan.wifi_portal.v1.hotspot_pb2_grpc import add_HotspotServiceServicer_to_server
from pingshan.wifi_portal.v1.session_pb2_grpc import add_SessionServiceServicer_to_server
from pingshan_kit import rpc
from pingshan_kit.auth import PageAuth
from pingshan_kit.crypto import PersonalData
from pingshan_kit.http import application
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database
from pingshan_ui import environment
from pingshan_values.actor import Actor, ActorKind

from pingshan_wifi_portal.clients.controller_control import ControllerControl
from pingshan_wifi_portal.clients.notifications import Notifications
from pingshan_wifi_portal.entrypoints import api, captive_pages, console_pages, jobs, machine
from pingshan_wifi_portal.entrypoints.errors import ERRORS
from pingshan_wifi_portal.entrypoints.grpc import Hotspots, Sessions
from pingshan_wifi_portal.entrypoints.radius import Radius
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.seed_network import seed_network

_WEB = Path(__file__).parent / "web"


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    personal = PersonalData.from_settings(settings)
    alerts = rpc.channel(settings, "alerts")
    given = Dependencies(settings, database, personal, Notifications(alerts), ControllerControl(settings.coa_port))
    return Service(
        settings=settings,
        database=database,
        errors=ERRORS,
        http=application(
            settings,
            database=database,
            errors=ERRORS,
            pages=[*captive_pages.routes(given), *console_pages.routes(given)],
            api=api.router(given),
            machine=machine.routes(given),
            templates=environment(_WEB, zh="公共无线网络", en="Public Wi-Fi"),
            auth=PageAuth(settings, database),
            static=_WEB / "static",
        ),
        grpc=[
            partial(add_HotspotServiceServicer_to_server, Hotspots(given)),
            partial(add_SessionServiceServicer_to_server, Sessions(given)),
        ],
        jobs=jobs.handlers(given),
        periodic=jobs.periodic(given),
        components={"radius": Radius(settings, database, personal).run},
        close=[partial(alerts.close, None)],
    )


async def seed(settings: Settings) -> None:
    database = Database.from_settings(settings)
    actor = Actor(kind=ActorKind.SERVICE, service=settings.service)
    try:
        await seed_network(actor, settings, database, PersonalData.from_settings(settings))
    finally:
        await database.close()
