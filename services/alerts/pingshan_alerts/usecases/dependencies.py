"""Bundles what the use cases need from outside, made once in `service.py`."""

from dataclasses import dataclass

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_alerts.clients.e_license import ELicense
from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.clients.sms_carrier import SmsCarrier
from pingshan_alerts.clients.webhook import WebhookSender
from pingshan_alerts.clients.wifi_portal import WifiPortal
from pingshan_alerts.clients.workflow import Workflow
from pingshan_alerts.domain.reference import Reference
from pingshan_alerts.settings import Settings
from pingshan_alerts.usecases.admissions import Admissions


@dataclass(frozen=True, slots=True)
class Dependencies:
    settings: Settings
    database: Database
    personal: PersonalData
    reference: Reference
    identity: Identity
    e_license: ELicense
    workflow: Workflow
    wifi_portal: WifiPortal
    webhook_sender: WebhookSender
    sms_carrier: SmsCarrier
    admissions: Admissions
