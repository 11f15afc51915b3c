"""Queries on clients that registered themselves, and on initial access tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_values.text import is_storable
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import ClientKind
from pingshan_identity.domain.clients.registration import REQUIRED_LEVEL, Registration
from pingshan_identity.store.tables import client, initial_access_token

_c, _t = client.c, initial_access_token.c


async def add_initial_token(
    tx: AsyncConnection,
    *,
    token_hash: bytes,
    owner: str,
    made_by: str,
    uses: int,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Adds an initial access token, good for `uses` registrations until it expires."""
    await tx.execute(
        insert(initial_access_token).values(
            token_hash=token_hash,
            owner=owner,
            made_by=UUID(made_by),
            made_at=now,
            expires_at=expires_at,
            uses_left=uses,
        )
    )


async def use_initial_token(tx: AsyncConnection, token_hash: bytes, now: datetime) -> str | None:
    """Counts one use, in one statement. Returns the owner of what registers; None where the token is no good."""
    used = await tx.execute(
        update(initial_access_token)
        .where(_t.token_hash == token_hash, _t.uses_left > 0, _t.expires_at > now)
        .values(uses_left=_t.uses_left - 1)
        .returning(_t.owner)
    )
    owner: str | None = used.scalar_one_or_none()
    return owner


async def add(
    tx: AsyncConnection,
    registration: Registration,
    *,
    client_id: str,
    owner: str,
    secret_hash: bytes | None,
    registration_token_hash: bytes,
    now: datetime,
) -> None:
    """Adds a third party that the staff of its owner may open at level 2."""
    await tx.execute(
        insert(client).values(
            client_id=client_id,
            kind=ClientKind.DISTRICT.value,
            owner=owner,
            protocol="oidc",
            secret_hash=secret_hash,
            realms=["staff"],
            audiences=[],
            open_to=[owner],
            required_level=REQUIRED_LEVEL,
            third_party=True,
            registration_token_hash=registration_token_hash,
            created_at=now,
            **_columns(registration),
        )
    )


async def change(tx: AsyncConnection, registration: Registration, *, client_id: str, secret_hash: bytes | None) -> None:
    """Replaces all metadata of a client, and the hash of its secret."""
    await tx.execute(
        update(client).where(_c.client_id == client_id).values(secret_hash=secret_hash, **_columns(registration))
    )


async def by_token(tx: AsyncConnection, client_id: str, token_hash: bytes) -> tuple[bytes | None, datetime] | None:
    """Returns the secret's hash and the time of registration, locked; None where the token is not this client's.

    None as well where the client is switched off.
    """
    if not is_storable(client_id):
        return None
    query = (
        select(_c.secret_hash, _c.created_at)
        .where(_c.client_id == client_id, _c.registration_token_hash == token_hash, _c.disabled_at.is_(None))
        .with_for_update()
    )
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else (row.secret_hash, row.created_at)


async def remove(tx: AsyncConnection, client_id: str) -> None:
    """Removes the client's secret, keys and registration token; its row stays, since grants and records name it."""
    await tx.execute(
        update(client)
        .where(_c.client_id == client_id)
        .values(secret_hash=None, jwks=None, registration_token_hash=None)
    )


def _columns(registration: Registration) -> dict[str, Any]:
    return {
        "name_zh": registration.name_zh,
        "name_en": registration.name_en,
        "auth_method": registration.auth_method.value,
        "application_type": registration.application_type.value,
        "grant_types": list(registration.grant_types),
        "redirect_uris": list(registration.redirect_uris),
        "post_logout_redirect_uris": list(registration.post_logout_redirect_uris),
        "backchannel_logout": registration.backchannel_logout_uri is not None,
        "backchannel_logout_uri": registration.backchannel_logout_uri,
        "scopes": list(registration.scopes),
        "jwks": registration.jwks,
        "id_token_alg": registration.id_token_alg,
        "require_par": registration.require_par,
        "dpop_bound": registration.dpop_bound,
    }
