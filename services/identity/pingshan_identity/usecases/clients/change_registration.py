"""A registered client replaces its metadata (RFC 7592 section 2.2)."""

import secrets
from hashlib import sha256
from typing import Any

from pingshan_kit import audit_log
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.registration import check_update, read_registration
from pingshan_identity.store.clients import registrations
from pingshan_identity.usecases.clients.managed_client import managed


async def change_registration(
    database: Database, *, issuer: str, client_id: str, token: str, document: Any
) -> dict[str, Any]:
    """The client information response; with a new secret where the new method needs one and there was none.

    Raises:
        OAuthError: `invalid_token`, `invalid_client_metadata` or `invalid_redirect_uri`.

    """
    async with database.begin() as tx:
        before = await managed(tx, client_id, token)
        stored = before.secret_hash
        check_update(document, client_id, lambda secret: stored is not None and stored == _hash(secret))
        registration = read_registration(document)
        new_secret = secrets.token_urlsafe(32) if registration.auth_method.has_secret and stored is None else None
        if not registration.auth_method.has_secret:
            stored = None
        elif new_secret is not None:
            stored = _hash(new_secret)
        await registrations.change(tx, registration, client_id=client_id, secret_hash=stored)
        client = Actor(kind=ActorKind.CLIENT, client_id=client_id)
        await audit_log.append(tx, actor=client, act=Act.CLIENT_CHANGED, subject=client.id, details={})
        response = (await managed(tx, client_id, token)).response(issuer)
    return response | ({"client_secret": new_secret, "client_secret_expires_at": 0} if new_secret else {})


def _hash(secret: str) -> bytes:
    """Of a text that may hold anything a JSON string can. Hashes may be compared in any time."""
    return sha256(secret.encode(errors="replace")).digest()
