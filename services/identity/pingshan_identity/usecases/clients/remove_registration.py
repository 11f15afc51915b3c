"""A registered client removes itself (RFC 7592 section 2.3)."""

from pingshan_kit import audit_log
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.clients import registrations
from pingshan_identity.usecases.clients.managed_client import managed
from pingshan_identity.usecases.clients.switch_off import switch_off


async def remove_registration(database: Database, *, client_id: str, token: str) -> None:
    """Its secrets, tokens and grants are dead; its name stays for the record.

    Raises:
        OAuthError: `invalid_token`.

    """
    client = Actor(kind=ActorKind.CLIENT, client_id=client_id)
    async with database.begin() as tx:
        await managed(tx, client_id, token)
        await registrations.remove(tx, client_id)
        await audit_log.append(tx, actor=client, act=Act.CLIENT_REMOVED, subject=client.id, details={})
        await switch_off(tx, client, client_id=client_id)
