"""Bundles what the use cases need from outside, made once in `service.py`."""

from dataclasses import dataclass

from pingshan_kit.crypto import PersonalData
from pingshan_kit.intake import Intake
from pingshan_kit.storage.database import Database

from pingshan_wifi_portal.clients.dynamic_authorization import DynamicAuthorizationClient
from pingshan_wifi_portal.clients.notifications import Notifications
from pingshan_wifi_portal.settings import Settings


@dataclass(frozen=True, slots=True)
class Dependencies:
    settings: Settings
    database: Database
    personal: PersonalData
    intake: Intake
    notifications: Notifications
    dynamic_authorization: DynamicAuthorizationClient
