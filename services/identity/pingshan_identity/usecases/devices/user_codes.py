"""Finds the device behind a user code, and counts who types codes (RFC 8628 section 5.1)."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.devices.device_authorization import DeviceAuthorization, normalise
from pingshan_identity.store.clients import clients
from pingshan_identity.store.devices import device_authorizations
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.counting import note_success, user_code_counts
from pingshan_identity.usecases.devices.shared import user_code_index


@dataclass(frozen=True, slots=True)
class Found:
    client: Client
    authorization: DeviceAuthorization
    user_code: str


async def find_by_user_code(
    tx: AsyncConnection, personal: PersonalData, actor: Actor, *, typed: str, address: str
) -> tuple[Found | None, datetime | None]:
    """Returns the device, None for a code that no device shows; and until when codes are refused, None for not.

    A right code takes back its own try only, so that somebody who shows a code of their own in between guesses no
    faster. The caller commits, whatever comes of it, so that the try stays counted.
    """
    code, now = normalise(typed), clock.now()
    counts = user_code_counts(personal, address, actor.person_id or "")
    blocked_until = await throttles.admit(tx, personal, counts, now)
    if blocked_until is not None or code is None:
        return None, blocked_until
    found = await device_authorizations.by_user_code(tx, user_code_index(personal, code), now)
    client = await clients.get(tx, found.client_id) if found is not None else None
    if found is None or client is None or client.disabled:
        return None, None
    await note_success(tx, counts)
    return Found(client, found, code), None
