"""Registers a system at its own request (RFC 7591 section 3.1)."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.registration import metadata_of, new_client_id, read_registration
from pingshan_identity.domain.dual_control.change_request import ChangeKind, proposers
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.clients import clients, registrations
from pingshan_identity.usecases.clients.shared import check_called_addresses
from pingshan_identity.usecases.dependencies import Dependencies

_UNKNOWN = OAuthError("invalid_token", "the initial access token is unknown, used up, withdrawn, or has expired")
_MAKERS = proposers(ChangeKind.OPEN_REGISTRATION)
"""Roles without which who asked for a token has no token that is good any more."""


@dataclass(frozen=True, slots=True)
class RegisterClient:
    initial_access_token: str = field(repr=False)
    document: Any = field(repr=False)
    """Body of the request, as it was sent."""


async def register_client(deps: Dependencies, command: RegisterClient) -> dict[str, Any]:
    """Returns the client information response; its secret and its registration access token are shown once.

    Raises:
        OAuthError: `invalid_token`; `invalid_client_metadata` or `invalid_redirect_uri`, which cost no use of it.
    """
    now, client_id = clock.now(), new_client_id()
    token, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    initial = sha256(command.initial_access_token.encode()).digest()
    async with deps.database.read() as tx:
        profile = await registrations.profile_of_initial_token(tx, initial, _MAKERS, now)
    if profile is None:
        raise _UNKNOWN
    registration = read_registration(command.document, profile)
    has_secret = registration.auth_method.has_secret
    await check_called_addresses(deps, registration, third_party=True)
    async with deps.database.begin() as tx:
        owner = await registrations.use_initial_token(tx, initial, _MAKERS, now)
        if owner is None:
            raise _UNKNOWN
        await registrations.add(
            tx,
            registration,
            client_id=client_id,
            owner=owner,
            secret_hash=sha256(secret.encode()).digest() if has_secret else None,
            registration_token_hash=sha256(token.encode()).digest(),
            initial_token_hash=initial,
            now=now,
        )
        client = await clients.existing(tx, client_id)
        registered = Actor(kind=ActorKind.CLIENT, client_id=client_id)
        await audit_log.append(
            tx, actor=registered, act=Act.CLIENT_REGISTERED, subject=registered.id, details={"owner": owner}
        )
    response = metadata_of(client) | {
        "client_id_issued_at": int(now.timestamp()),
        "registration_access_token": token,
        "registration_client_uri": f"{deps.signer.issuer}/register/{client_id}",
    }
    return response | ({"client_secret": secret, "client_secret_expires_at": 0} if has_secret else {})
