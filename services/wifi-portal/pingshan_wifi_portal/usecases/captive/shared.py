"""Finds the visit that a portal address describes, and hashes the token of its status page."""

from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.errors import VisitUnknown
from pingshan_wifi_portal.domain.visit import RedirectParameters, Visit, access_point_mac, is_name, to_challenge, to_mac
from pingshan_wifi_portal.store import hotspots


async def find_visit(tx: AsyncConnection, parameters: RedirectParameters) -> Visit:
    """Returns the visit, checked against the controllers and access points that exist.

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
    return visit


def status_hash(status_token: str) -> bytes:
    """Returns the SHA-256 of the token that opens a status page, which is all that is stored of it."""
    return sha256(status_token.encode()).digest()
