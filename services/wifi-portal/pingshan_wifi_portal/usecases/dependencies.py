"""What the use cases of this service work with, made once in `service.py`."""

from dataclasses import dataclass

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_wifi_portal.clients.controller_control import ControllerControl
from pingshan_wifi_portal.clients.notifications import Notifications
from pingshan_wifi_portal.settings import Settings


@dataclass(frozen=True, slots=True)
class Dependencies:
    settings: Settings
    database: Database
    personal: PersonalData
    notifications: Notifications
    control: ControllerControl

    @property
    def service(self) -> Actor:
        """The service on its own: jobs and periodic work."""
        return Actor(kind=ActorKind.SERVICE, service=self.settings.service)
