"""Requires the Message-Authenticator of a controller that has sent its first one."""

from dataclasses import dataclass

from pingshan_wifi_portal.store import controllers
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RequireMessageAuthenticator:
    controller_id: str


async def require_message_authenticator(deps: Dependencies, command: RequireMessageAuthenticator) -> None:
    """Has this controller's Access-Requests without Message-Authenticator silently discarded from now on."""
    async with deps.database.begin() as tx:
        await controllers.set_message_authenticator_seen(tx, command.controller_id)
