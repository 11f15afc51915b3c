"""Wiring of alerts, nothing else."""

from functools import partial
from pathlib import Path
from typing import Any

import pingshan_ui
from pingshan.alerts.v1 import alert_pb2_grpc, notification_pb2_grpc
from pingshan_kit.auth import PageAuth
from pingshan_kit.crypto import PersonalData
from pingshan_kit.http import application
from pingshan_kit.jobs import JobKind
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.e_license import ELicense
from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.clients.sms_carrier import SmsCarrier
from pingshan_alerts.clients.webhook import WebhookSender
from pingshan_alerts.clients.wifi_portal import WifiPortal
from pingshan_alerts.clients.workflow import Workflow
from pingshan_alerts.entrypoints import api, grpc, jobs
from pingshan_alerts.entrypoints.channels import ChannelPages
from pingshan_alerts.entrypoints.context import Context
from pingshan_alerts.entrypoints.errors import ERRORS
from pingshan_alerts.entrypoints.events import CONSUMERS
from pingshan_alerts.entrypoints.live import Live
from pingshan_alerts.entrypoints.pages import Pages
from pingshan_alerts.entrypoints.presentation import moment
from pingshan_alerts.entrypoints.wall import Wall
from pingshan_alerts.settings import Settings
from pingshan_alerts.store.seed_files import reference
from pingshan_alerts.usecases.delivery.deliver_sms import deliver_sms
from pingshan_alerts.usecases.delivery.deliver_webhook import deliver_webhook
from pingshan_alerts.usecases.delivery.erase_unsent import erase_unsent
from pingshan_alerts.usecases.delivery.notify_case_closed import notify_case_closed
from pingshan_alerts.usecases.delivery.notify_license_issued import notify_license_issued
from pingshan_alerts.usecases.delivery.transmit_notification import transmit_notification
from pingshan_alerts.usecases.intake.raise_controller_stopped import raise_controller_stopped
from pingshan_alerts.usecases.job_kinds import (
    DELIVER_SMS,
    DELIVER_WEBHOOK,
    DISPATCH_ALERT,
    ESCALATE_ALERT,
    NOTIFY_CASE_CLOSED,
    NOTIFY_LICENSE_ISSUED,
    RAISE_CONTROLLER_STOPPED,
    SEND_NOTIFICATION,
)
from pingshan_alerts.usecases.routing.dispatch_alert import dispatch_alert
from pingshan_alerts.usecases.routing.escalate_alert import escalate_alert
from pingshan_alerts.usecases.routing.refresh_organisations import refresh_organisations

_WEB = Path(__file__).parent / "web"


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    data = PersonalData.from_settings(settings)
    known = reference()
    context = Context(settings, database, data, known)
    identity, e_license, workflow = Identity(settings), ELicense(settings), Workflow(settings)
    wifi_portal, sender = WifiPortal(settings), WebhookSender()
    carrier = SmsCarrier(settings.sms_carrier_url, settings.secret("sms_carrier_key"))
    acts: dict[JobKind[Any], jobs.Act] = {
        DISPATCH_ALERT: partial(dispatch_alert, database),
        DELIVER_SMS: partial(deliver_sms, database, data, identity),
        DELIVER_WEBHOOK: partial(
            deliver_webhook, database, data, sender, settings.webhook_trusted, public_url=settings.public_url
        ),
        ESCALATE_ALERT: partial(escalate_alert, database, known, context.minute),
        SEND_NOTIFICATION: partial(transmit_notification, database, data, known, carrier),
        NOTIFY_LICENSE_ISSUED: partial(notify_license_issued, database, data, identity, e_license),
        NOTIFY_CASE_CLOSED: partial(notify_case_closed, database, data, identity, workflow),
        RAISE_CONTROLLER_STOPPED: partial(raise_controller_stopped, database, known, context.minute, wifi_portal),
    }
    live = Live(database)
    templates = pingshan_ui.environment(_WEB, zh="告警中心", en="Alerts")
    templates.filters["moment"] = moment
    http = application(
        settings,
        database=database,
        errors=ERRORS,
        pages=[*Pages(context).routes, *Wall(context, live).routes, *ChannelPages(context).routes],
        api=api.router(context),
        templates=templates,
        auth=PageAuth(settings, database),
        static=_WEB / "static",
    )
    return Service(
        settings=settings,
        database=database,
        errors=ERRORS,
        http=http,
        grpc=(
            partial(alert_pb2_grpc.add_AlertServiceServicer_to_server, grpc.Alerts(context)),
            partial(notification_pb2_grpc.add_NotificationServiceServicer_to_server, grpc.Notifications(context)),
        ),
        consumers=CONSUMERS,
        watches=live.watches,
        jobs=jobs.handlers(acts),
        periodic=jobs.periodic(partial(refresh_organisations, database, identity), partial(erase_unsent, database)),
        close=(identity.close, e_license.close, workflow.close, wifi_portal.close, sender.close, carrier.close),
    )
