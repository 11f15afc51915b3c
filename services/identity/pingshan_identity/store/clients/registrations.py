"""Queries on clients that registered themselves, and on initial access tokens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_values.shanghai import day_of
from pingshan_values.text import is_storable
from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import ClientKind, ClientProfile
from pingshan_identity.domain.clients.client_secret import ClientSecrets
from pingshan_identity.domain.clients.registration import REQUIRED_LEVEL, Registration
from pingshan_identity.store.clients.clients import columns_of_secrets, secrets_of
from pingshan_identity.store.people.persons import is_held
from pingshan_identity.store.tables import client, initial_access_token, person, person_post, post_role

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
    profile: ClientProfile,
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
            profile=profile.value,
        )
    )


@dataclass(frozen=True, slots=True)
class InitialToken:
    token_hash: bytes
    owner: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    uses_left: int
    profile: ClientProfile
    """Profile of the clients that register with it."""


async def good_initial_tokens(
    tx: AsyncConnection, makers: Collection[str], now: datetime, limit: int
) -> list[InitialToken]:
    """Returns at most `limit` tokens that are good for a registration, the latest first. `makers`: as in
    `use_initial_token`.
    """
    query = select(initial_access_token).where(*_is_good(makers, now)).order_by(_t.made_at.desc()).limit(limit)
    return [
        InitialToken(
            token_hash=row.token_hash,
            owner=row.owner,
            made_by=str(row.made_by),
            made_at=row.made_at,
            expires_at=row.expires_at,
            uses_left=row.uses_left,
            profile=ClientProfile(row.profile),
        )
        for row in await tx.execute(query)
    ]


async def profile_of_initial_token(
    tx: AsyncConnection, token_hash: bytes, makers: Collection[str], now: datetime
) -> ClientProfile | None:
    """Returns the profile of what registers with the token; None where it is no good. `use_initial_token` decides."""
    query = select(_t.profile).where(_t.token_hash == token_hash, *_is_good(makers, now))
    profile: str | None = (await tx.execute(query)).scalar_one_or_none()
    return None if profile is None else ClientProfile(profile)


async def use_initial_token(
    tx: AsyncConnection, token_hash: bytes, makers: Collection[str], now: datetime
) -> str | None:
    """Counts one use, in one statement. Returns the owner of what registers; None where the token is no good.

    `makers`: roles at identity; a token is good while who asked for it holds one of them.
    """
    used = await tx.execute(
        update(initial_access_token)
        .where(_t.token_hash == token_hash, *_is_good(makers, now))
        .values(uses_left=_t.uses_left - 1)
        .returning(_t.owner)
    )
    owner: str | None = used.scalar_one_or_none()
    return owner


async def withdraw(tx: AsyncConnection, token_hash: bytes, makers: Collection[str], now: datetime) -> str | None:
    """Leaves no use of the token. Returns its owner; None where it was no good before. `makers`: as in
    `use_initial_token`.
    """
    withdrawn = await tx.execute(
        update(initial_access_token)
        .where(_t.token_hash == token_hash, *_is_good(makers, now))
        .values(uses_left=0)
        .returning(_t.owner)
    )
    owner: str | None = withdrawn.scalar_one_or_none()
    return owner


async def withdraw_initial_token(tx: AsyncConnection, client_id: str) -> None:
    """Leaves no use of the token that the client registered itself with; does nothing where it did not."""
    came_by = select(_c.initial_token_hash).where(_c.client_id == client_id).scalar_subquery()
    await tx.execute(update(initial_access_token).where(_t.token_hash == came_by).values(uses_left=0))


def _is_good(makers: Collection[str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    in_office = (
        select(person.c.person_id)
        .select_from(
            person.join(person_post, person_post.c.person_id == person.c.person_id).join(
                post_role, post_role.c.post == person_post.c.post
            )
        )
        .where(
            person.c.left_at.is_(None),
            post_role.c.audience == "identity",
            post_role.c.role.in_(makers),
            is_held(day_of(now)),
        )
    )
    return (_t.uses_left > 0, _t.expires_at > now, _t.made_by.in_(in_office))


async def add(
    tx: AsyncConnection,
    registration: Registration,
    *,
    client_id: str,
    owner: str,
    secret_hash: bytes | None,
    registration_token_hash: bytes,
    initial_token_hash: bytes,
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
            initial_token_hash=initial_token_hash,
            created_at=now,
            **columns_of(registration),
        )
    )


async def change(tx: AsyncConnection, registration: Registration, *, client_id: str, secrets: ClientSecrets) -> None:
    """Replaces all metadata of a client, and its secrets."""
    changed = columns_of_secrets(secrets) | columns_of(registration)
    await tx.execute(update(client).where(_c.client_id == client_id).values(changed))


async def by_token(tx: AsyncConnection, client_id: str, token_hash: bytes) -> tuple[ClientSecrets, datetime] | None:
    """Returns the secrets and the time of registration, locked; None where the token is not this client's.

    None as well where the client is switched off.
    """
    if not is_storable(client_id):
        return None
    query = (
        select(_c.secret_hash, _c.former_secret_hash, _c.former_secret_until, _c.created_at)
        .where(_c.client_id == client_id, _c.registration_token_hash == token_hash, _c.disabled_at.is_(None))
        .with_for_update()
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else (secrets_of(row), row["created_at"])


async def remove(tx: AsyncConnection, client_id: str) -> None:
    """Removes the client's secret, keys and registration token; its row stays, since grants and records name it."""
    await tx.execute(
        update(client)
        .where(_c.client_id == client_id)
        .values(secret_hash=None, former_secret_hash=None, jwks=None, jwks_uri=None, registration_token_hash=None)
    )


def columns_of(registration: Registration) -> dict[str, Any]:
    """Returns the columns of a client that its metadata fills."""
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
        "profile": registration.profile.value,
        "jwks_uri": registration.jwks_uri,
        "default_max_age": registration.default_max_age,
        "require_auth_time": registration.require_auth_time,
        "subject_type": registration.subject_type,
        "sector_identifier": registration.sector_identifier,
        "sector_identifier_uri": registration.sector_identifier_uri,
        "userinfo_signed_response_alg": registration.userinfo_signed_response_alg,
        "request_object_signing_alg": registration.request_object_signing_alg,
        "require_signed_request_object": registration.require_signed_request_object,
        "logo_uri": registration.logo_uri,
        "policy_uri": registration.policy_uri,
        "tos_uri": registration.tos_uri,
        "client_uri": registration.client_uri,
        "initiate_login_uri": registration.initiate_login_uri,
    }
