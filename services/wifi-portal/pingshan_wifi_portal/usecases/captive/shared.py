"""Finds the visit that a portal address describes, hashes the token of its status page, waits for its reports."""

from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.errors import VisitUnknown
from pingshan_wifi_portal.domain.visit import (
    RedirectParameters,
    Visit,
    access_point_mac,
    is_name,
    proven_until,
    speaks_for,
    to_challenge,
    to_mac,
)
from pingshan_wifi_portal.store import controllers, hotspots
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.intake_kinds import ACCOUNTING, EFFECT_SECONDS


async def find_visit(tx: AsyncConnection, personal: PersonalData, parameters: RedirectParameters) -> Visit:
    """Returns the visit, checked against the controllers and access points that exist, and who speaks for its device.

    Raises VisitUnknown where anything is malformed or does not belong together.
    """
    device, point, challenge = (
        to_mac(parameters.device_mac),
        access_point_mac(parameters.called_station_id),
        to_challenge(parameters.challenge),
    )
    if device is None or point is None or challenge is None or not is_name(parameters.nas_identifier):
        raise VisitUnknown
    visit = await hotspots.visit(
        tx, nas_identifier=parameters.nas_identifier, access_point_mac=point, device_mac=device, challenge=challenge
    )
    if visit is None or visit.called_station_id != parameters.called_station_id:
        raise VisitUnknown
    controller = await controllers.load(tx, personal, visit.controller_id)
    moment = now()
    until = proven_until(parameters, controller.secret, moment)
    return replace(visit, proven_until=until, browser=speaks_for(until, parameters.browser, moment))


def status_hash(status_token: str) -> bytes:
    """Returns the SHA-256 of the token that opens a status page, which is all that is stored of it."""
    return sha256(status_token.encode()).digest()


async def reports_applied(deps: Dependencies, session_id: UUID) -> None:
    """Waits until what the controller has reported of the session is applied, half a second at most.

    Whoever was just put online, or has used volume, sees it so.
    """
    await deps.intake.applied(ACCOUNTING, str(session_id), within=EFFECT_SECONDS)
