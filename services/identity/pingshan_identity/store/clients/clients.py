"""Queries on clients."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pingshan_kit.storage.among import among
from pingshan_values.text import is_storable
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import ApplicationType, AuthMethod, Client, ClientKind, ClientProfile
from pingshan_identity.domain.clients.client_secret import ClientSecrets
from pingshan_identity.domain.clients.system import System
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.tables import client, client_assertion, client_role, organisation


async def get(tx: AsyncConnection, client_id: str) -> Client | None:
    """Returns the client, switched off or not; None where there is none."""
    found = await with_secrets(tx, client_id)
    return None if found is None else found[0]


async def existing(tx: AsyncConnection, client_id: str) -> Client:
    """Returns a client that must exist, switched off or not."""
    row = (await tx.execute(select(client).where(client.c.client_id == client_id))).mappings().one()
    return client_of(row)


async def with_secrets(tx: AsyncConnection, client_id: str) -> tuple[Client, ClientSecrets] | None:
    """Returns the client and its secrets; None where there is no such client."""
    if not is_storable(client_id):
        return None
    row = (await tx.execute(select(client).where(client.c.client_id == client_id))).mappings().one_or_none()
    return None if row is None else (client_of(row), secrets_of(row))


async def roles(tx: AsyncConnection, client_id: str, audience: str) -> tuple[str, ...]:
    """Returns the roles that the client itself has at an audience, in alphabetical order."""
    rows = await tx.execute(
        select(client_role.c.role)
        .where(client_role.c.client_id == client_id, client_role.c.audience == audience)
        .order_by(client_role.c.role)
    )
    return tuple(rows.scalars())


async def names(tx: AsyncConnection, client_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Returns the Chinese and English names by client id; unknown ids are left out."""
    rows = await tx.execute(
        select(client.c.client_id, client.c.name_zh, client.c.name_en).where(among(client.c.client_id, client_ids))
    )
    return {row.client_id: (row.name_zh, row.name_en) for row in rows}


async def disable(tx: AsyncConnection, client_id: str, now: datetime) -> bool:
    """Switches the client off. Returns False where it was off before, or does not exist."""
    disabled = await tx.execute(
        update(client)
        .where(client.c.client_id == client_id, client.c.disabled_at.is_(None))
        .values(disabled_at=now)
        .returning(client.c.client_id)
    )
    return disabled.one_or_none() is not None


async def note_assertion(tx: AsyncConnection, client_id: str, jti_hash: bytes, expires_at: datetime) -> bool:
    """Keeps a client assertion until it expires. Returns False where it was seen before (RFC 7523 section 3)."""
    inserted = await tx.execute(
        insert(client_assertion)
        .values(client_id=client_id, jti_hash=jti_hash, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(client_assertion.c.client_id)
    )
    return inserted.one_or_none() is not None


async def launchable(tx: AsyncConnection) -> list[tuple[Client, System]]:
    """Returns every system that people open and that is not switched off, platform systems first, then by code."""
    owner = organisation.alias("owner_organisation")
    rows = await tx.execute(
        select(client, owner.c.name_zh.label("owner_zh"), owner.c.name_en.label("owner_en"))
        .select_from(client.join(owner, owner.c.code == client.c.owner))
        .where(client.c.launch_uri.is_not(None), client.c.disabled_at.is_(None))
        .order_by(client.c.kind.desc(), client.c.client_id)
    )
    return [(client_of(row), _system(row)) for row in rows.mappings()]


def _system(row: Mapping[Any, Any]) -> System:
    return System(
        code=row["client_id"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        kind=ClientKind(row["kind"]),
        owner=row["owner"],
        owner_zh=row["owner_zh"],
        owner_en=row["owner_en"],
        launch_uri=row["launch_uri"],
        required_level=row["required_level"],
    )


def secrets_of(row: Mapping[Any, Any]) -> ClientSecrets:
    """Returns the secrets in a row of `client`."""
    return ClientSecrets(row["secret_hash"], row["former_secret_hash"], row["former_secret_until"])


def columns_of_secrets(kept: ClientSecrets) -> dict[str, Any]:
    """Returns the columns of `client` that hold these secrets."""
    return {
        "secret_hash": kept.present,
        "former_secret_hash": kept.former,
        "former_secret_until": kept.former_until,
    }


def client_of(row: Mapping[Any, Any]) -> Client:
    """Returns a row of `client` as a client."""
    return Client(
        client_id=row["client_id"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        kind=ClientKind(row["kind"]),
        owner=row["owner"],
        auth_method=AuthMethod(row["auth_method"]),
        grant_types=frozenset(row["grant_types"]),
        redirect_uris=tuple(row["redirect_uris"]),
        post_logout_redirect_uris=tuple(row["post_logout_redirect_uris"]),
        realms=frozenset(Realm(realm) for realm in row["realms"]),
        audiences=frozenset(row["audiences"]),
        open_to=frozenset(row["open_to"]),
        launch_uri=row["launch_uri"],
        required_level=row["required_level"],
        backchannel_logout_uri=row["backchannel_logout_uri"],
        application_type=ApplicationType(row["application_type"]),
        third_party=row["third_party"],
        self_registered=row["initial_token_hash"] is not None or row["registration_token_hash"] is not None,
        scopes=frozenset(row["scopes"]),
        jwks=row["jwks"],
        id_token_alg=row["id_token_alg"],
        profile=ClientProfile(row["profile"]),
        require_par=row["require_par"],
        dpop_bound=row["dpop_bound"],
        jwks_uri=row["jwks_uri"],
        default_max_age=row["default_max_age"],
        require_auth_time=row["require_auth_time"],
        subject_type=row["subject_type"],
        sector_identifier=row["sector_identifier"],
        sector_identifier_uri=row["sector_identifier_uri"],
        userinfo_signed_response_alg=row["userinfo_signed_response_alg"],
        request_object_signing_alg=row["request_object_signing_alg"],
        require_signed_request_object=row["require_signed_request_object"],
        logo_uri=row["logo_uri"],
        policy_uri=row["policy_uri"],
        tos_uri=row["tos_uri"],
        client_uri=row["client_uri"],
        initiate_login_uri=row["initiate_login_uri"],
        required_real_name_level=row["required_real_name_level"],
        disabled=row["disabled_at"] is not None,
    )
