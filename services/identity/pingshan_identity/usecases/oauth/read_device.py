"""Reads what a device asks for, so that a person can decide (RFC 8628 section 3.3)."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import DeviceCodeUnknown, SignInThrottled
from pingshan_identity.domain.oauth.device_authorization import DeviceAuthorization, normalise
from pingshan_identity.domain.sign_in.throttle import seconds_until
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import device_authorizations
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorize_device import user_code_index


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    client: Client
    authorization: DeviceAuthorization
    user_code: str


async def read_device(deps: Dependencies, actor: Actor, *, typed: str) -> DeviceRequest:
    """Returns the request behind a user code; wrong codes are counted against the person who types them.

    Raises:
        DeviceCodeUnknown: no device shows that code now.
        SignInThrottled: too many wrong codes.
    """
    code, now = normalise(typed), clock.now()
    key = deps.personal.index(f"user codes {actor.person_id}")
    async with deps.database.begin() as tx:
        blocked_until = await throttles.admit(tx, key, now)
        found = None
        if blocked_until is None and code is not None:
            found = await device_authorizations.by_user_code(tx, user_code_index(deps.personal, code), now)
        client = await clients.get(tx, found.client_id) if found is not None else None
        if client is not None:
            await throttles.forget(tx, key)
    if blocked_until is not None:
        raise SignInThrottled(retry_after=seconds_until(blocked_until, now))
    if found is None or client is None or client.disabled or code is None:
        raise DeviceCodeUnknown
    return DeviceRequest(client, found, code)
