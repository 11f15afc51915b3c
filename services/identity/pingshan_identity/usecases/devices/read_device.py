"""Reads what a device asks for, so that a person can decide (RFC 8628 section 3.3)."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.consents.consent import shown_hash
from pingshan_identity.domain.devices.device_authorization import DeviceAuthorization
from pingshan_identity.domain.errors import DeviceCodeUnknown, PersonNotFound
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.throttle import require_admitted
from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.people import public_persons
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.devices.user_codes import find_by_user_code


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    client: Client
    owner: tuple[str, str]
    """Chinese and English name of the organisation that answers for the client."""
    authorization: DeviceAuthorization
    user_code: str
    shown: str
    """Hash of what is shown of the client, in hexadecimal; the decision brings it back."""
    must_prove_name: bool
    """Whether the person's name must be proven before they may let the device in."""


async def read_device(deps: Dependencies, actor: Actor, *, typed: str, address: str) -> DeviceRequest:
    """Returns the request behind a user code; `address` is where the person types it.

    Raises:
        DeviceCodeUnknown: no device shows that code now.
        SignInThrottled: too many wrong codes of this person or from this network.
    """
    async with deps.database.begin() as tx:
        found, blocked_until = await find_by_user_code(tx, deps.personal, actor, typed=typed, address=address)
        must_prove_name = found is not None and await _must_prove_name(tx, actor, found.client)
        owner = await organisations.names(tx, found.client.owner) if found is not None else None
    require_admitted(blocked_until, clock.now())
    if found is None:
        raise DeviceCodeUnknown
    shown = shown_hash(found.client).hex()
    return DeviceRequest(found.client, owner or ("", ""), found.authorization, found.user_code, shown, must_prove_name)


async def _must_prove_name(tx: AsyncConnection, actor: Actor, client: Client) -> bool:
    needed = client.real_name_level(Realm(actor.realm or Realm.STAFF))
    return needed > 0 and await public_persons.level_of(tx, require_person(actor, PersonNotFound)) < needed
