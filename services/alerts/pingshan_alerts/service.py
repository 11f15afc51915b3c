"""Joins the parts of alerts."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pingshan_ui
from pingshan.alerts.v1 import alert_pb2_grpc, notification_pb2_grpc
from pingshan_kit.auth import PageAuth
from pingshan_kit.crypto import PersonalData
from pingshan_kit.http import application
from pingshan_kit.outgoing import Outgoing
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients import sms_carrier, webhook
from pingshan_alerts.clients.e_license import ELicense
from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.clients.wifi_portal import WifiPortal
from pingshan_alerts.clients.workflow import Workflow
from pingshan_alerts.entrypoints import api, grpc, jobs
from pingshan_alerts.entrypoints.channels import ChannelPages
from pingshan_alerts.entrypoints.errors import ERRORS
from pingshan_alerts.entrypoints.events import CONSUMERS
from pingshan_alerts.entrypoints.live import Live
from pingshan_alerts.entrypoints.pages import Pages
from pingshan_alerts.entrypoints.presentation import moment
from pingshan_alerts.entrypoints.wall import Wall
from pingshan_alerts.settings import Settings
from pingshan_alerts.store.retention import RETENTION
from pingshan_alerts.store.seed_files import reference
from pingshan_alerts.usecases.admissions import Admissions
from pingshan_alerts.usecases.dependencies import Dependencies

_WEB = Path(__file__).parent / "web"


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    live = Live(deps)
    templates = pingshan_ui.environment(_WEB, zh="告警中心", en="Alerts")
    templates.filters["moment"] = moment
    return Service(
        settings=settings,
        database=database,
        errors=ERRORS,
        http=application(
            settings,
            database=database,
            errors=ERRORS,
            pages=[*Pages(deps).routes, *Wall(deps, live).routes, *ChannelPages(deps).routes],
            api=api.router(deps),
            templates=templates,
            auth=PageAuth(settings, database),
            static=_WEB / "static",
        ),
        grpc=[
            partial(alert_pb2_grpc.add_AlertServiceServicer_to_server, grpc.Alerts(deps)),
            partial(notification_pb2_grpc.add_NotificationServiceServicer_to_server, grpc.Notifications(deps)),
        ],
        consumers=CONSUMERS,
        watches=live.watches,
        jobs=jobs.handlers(deps),
        periodic=jobs.periodic(deps),
        retention=RETENTION,
        close=[close],
    )


def dependencies(settings: Settings, database: Database) -> tuple[Dependencies, Callable[[], Awaitable[None]]]:
    """Returns what use cases need, and a function that closes its clients but not the database."""
    authority, known = settings.outgoing_ca_file, reference()
    deps = Dependencies(
        settings=settings,
        database=database,
        personal=PersonalData.from_settings(settings),
        reference=known,
        identity=Identity(settings),
        e_license=ELicense(settings),
        workflow=Workflow(settings),
        wifi_portal=WifiPortal(settings),
        webhook_sender=webhook.WebhookSender(Outgoing(authority, total_seconds=webhook.TOTAL_SECONDS)),
        sms_carrier=sms_carrier.SmsCarrier(
            settings.sms_carrier_url,
            settings.secret("sms_carrier_key"),
            Outgoing(authority, total_seconds=sms_carrier.TOTAL_SECONDS),
        ),
        admissions=Admissions(database, known, settings.minute),
    )

    async def close() -> None:
        for client in (deps.identity, deps.e_license, deps.workflow, deps.wifi_portal):
            await client.close()

    return deps, close
