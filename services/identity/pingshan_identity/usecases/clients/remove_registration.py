"""Removes a registered client at its own request (RFC 7592 section 2.3)."""

from dataclasses import dataclass, field

from pingshan_kit import audit_log
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.clients import registrations
from pingshan_identity.usecases.clients.managed_client import managed
from pingshan_identity.usecases.clients.shared import switch_off
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class RemoveRegistration:
    client_id: str
    token: str = field(repr=False)


async def remove_registration(deps: Dependencies, command: RemoveRegistration) -> None:
    """Makes the client's secrets, tokens and grants worthless; its name stays for the record.

    Raises:
        OAuthError: `invalid_token`.
    """
    client_id = command.client_id
    client = Actor(kind=ActorKind.CLIENT, client_id=client_id)
    async with deps.database.begin() as tx:
        await managed(tx, client_id, command.token)
        await registrations.remove(tx, client_id)
        await audit_log.append(tx, actor=client, act=Act.CLIENT_REMOVED, subject=client.id, details={})
        await switch_off(tx, client, client_id=client_id)
