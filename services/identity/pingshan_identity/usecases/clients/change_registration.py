"""Changes the metadata of a registered client (RFC 7592 section 2.2)."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client_secret import NO_SECRETS, ClientSecrets
from pingshan_identity.domain.clients.registration import Registration, check_update, read_registration
from pingshan_identity.store.clients import registrations
from pingshan_identity.usecases.clients.managed_client import Managed, managed
from pingshan_identity.usecases.clients.shared import check_called_addresses, try_changed_address
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ChangeRegistration:
    client_id: str
    token: str = field(repr=False)
    document: Any = field(repr=False)
    """Body of the request, as it was sent."""


async def change_registration(deps: Dependencies, command: ChangeRegistration) -> dict[str, Any]:
    """Returns the client information response; a new secret is in it where the new method needs one and there was none.

    Raises:
        OAuthError: `invalid_token`, `invalid_client_metadata` or `invalid_redirect_uri`.
    """
    client_id = command.client_id
    async with deps.database.begin() as tx:
        before, registration = await _asked(tx, command)
    await check_called_addresses(deps, registration, third_party=before.client.third_party)
    async with deps.database.begin() as tx:
        before, registration = await _asked(tx, command)
        kept, new_secret = before.secrets, None
        if registration.needs_new_secret(has_one=kept.present is not None):
            new_secret = secrets.token_urlsafe(32)
            kept = ClientSecrets(_hash(new_secret))
        if not registration.auth_method.has_secret:
            kept = NO_SECRETS
        await registrations.change(tx, registration, client_id=client_id, secrets=kept)
        told_at = before.client.backchannel_logout_uri
        await try_changed_address(tx, client_id, before=told_at, after=registration.backchannel_logout_uri)
        client = Actor(kind=ActorKind.CLIENT, client_id=client_id)
        await audit_log.append(tx, actor=client, act=Act.CLIENT_CHANGED, subject=client.id, details={})
        response = (await managed(tx, client_id, command.token)).response(deps.signer.issuer)
    return response | ({"client_secret": new_secret, "client_secret_expires_at": 0} if new_secret else {})


async def _asked(tx: AsyncConnection, command: ChangeRegistration) -> tuple[Managed, Registration]:
    """Returns the client as it is, locked, and the metadata that it asks for, checked but for where they lead."""
    before = await managed(tx, command.client_id, command.token)
    now = clock.now()
    check_update(command.document, command.client_id, lambda secret: before.secrets.has(_hash(secret), now))
    return before, read_registration(command.document, before.client.profile)


def _hash(secret: str) -> bytes:
    """Returns the SHA-256 of a text that may hold anything a JSON string can."""
    return sha256(secret.encode(errors="replace")).digest()
