"""Changes of clients that two people decided, each in the caller's transaction."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from pingshan_kit import audit_log, clock
from pingshan_kit.errors import NotFound
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import AuthMethod
from pingshan_identity.domain.clients.client_keys import check_jwks
from pingshan_identity.domain.clients.client_secret import NO_SECRETS, ClientSecrets, rotated
from pingshan_identity.domain.clients.client_settings import check_settings, grant_types_after
from pingshan_identity.store.clients import administered_clients, clients, registrations
from pingshan_identity.usecases.clients.shared import switch_off, try_changed_address


async def register(tx: AsyncConnection, actor: Actor, details: Mapping[str, Any]) -> str | None:
    """Registers a new system of the government. Returns its secret, None where its method needs none."""
    registration = check_settings(details)
    secret = secrets.token_urlsafe(32) if registration.auth_method.has_secret else None
    await administered_clients.add(
        tx,
        registration,
        client_id=details["client_id"],
        owner=details["owner"],
        open_to=details["open_to"],
        required_level=details["required_level"],
        launch_uri=details.get("launch_uri") or None,
        secret_hash=_hash(secret),
        now=clock.now(),
    )
    await _record(tx, actor, Act.CLIENT_REGISTERED, details["client_id"], owner=details["owner"])
    return secret


async def change(tx: AsyncConnection, actor: Actor, details: Mapping[str, Any]) -> str | None:
    """Replaces the settings of a client, which are checked. Returns a secret where its new method needs one and there
    was none. Raises NotFound where there is no such client.
    """
    client = await administered_clients.locked(tx, details["client_id"])
    if client is None:
        raise NotFound
    changed = {
        "redirect_uris": list(details["redirect_uris"]),
        "post_logout_redirect_uris": list(details["post_logout_redirect_uris"]),
        "backchannel_logout_uri": details.get("backchannel_logout_uri") or None,
        "backchannel_logout": bool(details.get("backchannel_logout_uri")),
        "required_level": details["required_level"],
        "open_to": list(details["open_to"]),
        "launch_uri": details.get("launch_uri") or None,
    }
    changed |= {name: details[name] for name in ("auth_method", "profile", "id_token_alg", "scopes") if name in details}
    if "scopes" in details:
        changed["grant_types"] = grant_types_after(client["grant_types"], details["scopes"])
    if "jwks" in details:
        changed["jwks"] = check_jwks(details["jwks"]) if details["jwks"] is not None else None
        changed["jwks_uri"] = details.get("jwks_uri") or None
    secret = None
    if not AuthMethod(changed.get("auth_method", client["auth_method"])).has_secret:
        changed |= clients.columns_of_secrets(NO_SECRETS)
    elif client["secret_hash"] is None:
        secret = secrets.token_urlsafe(32)
        changed |= clients.columns_of_secrets(ClientSecrets(_hash(secret)))
    await _update(tx, details["client_id"], changed)
    before, after = client["backchannel_logout_uri"], changed["backchannel_logout_uri"]
    await try_changed_address(tx, details["client_id"], before=before, after=after)
    await _record(tx, actor, Act.CLIENT_CHANGED, details["client_id"])
    return secret


async def disable(tx: AsyncConnection, actor: Actor, details: Mapping[str, Any]) -> None:
    """Switches a client off, ends its grants, and withdraws the initial access token that it came by, so that it does
    not come back under another id; a client that was off stays so.
    """
    await switch_off(tx, actor, client_id=details["client_id"])
    await registrations.withdraw_initial_token(tx, details["client_id"])
    await _record(tx, actor, Act.CLIENT_CHANGED, details["client_id"], disabled=True)


async def enable(tx: AsyncConnection, actor: Actor, details: Mapping[str, Any]) -> None:
    """Switches a client on again; its old grants stay ended. Raises NotFound where there is no such client."""
    await _update(tx, details["client_id"], {"disabled_at": None})
    await _record(tx, actor, Act.CLIENT_CHANGED, details["client_id"], disabled=False)


async def rotate_secret(tx: AsyncConnection, actor: Actor, details: Mapping[str, Any]) -> str:
    """Returns a new secret of a client; the old one counts beside it for the seconds of `overlap`, not at all where the
    change has none. Raises NotFound where there is no such client.
    """
    known = await clients.with_secrets(tx, details["client_id"])
    if known is None:
        raise NotFound
    secret, overlap = secrets.token_urlsafe(32), timedelta(seconds=details.get("overlap", 0))
    after = rotated(known[1], sha256(secret.encode()).digest(), overlap, clock.now())
    await _update(tx, details["client_id"], clients.columns_of_secrets(after))
    await _record(tx, actor, Act.CLIENT_CHANGED, details["client_id"], secret_rotated=True)
    return secret


def _hash(secret: str | None) -> bytes | None:
    """Returns the SHA-256 of a secret, enough for 256 random bits; None for None."""
    return None if secret is None else sha256(secret.encode()).digest()


async def _update(tx: AsyncConnection, client_id: str, values: Mapping[str, Any]) -> None:
    if not await administered_clients.change(tx, client_id, values):
        raise NotFound


async def _record(tx: AsyncConnection, actor: Actor, act: Act, client_id: str, **details: object) -> None:
    await audit_log.append(tx, actor=actor, act=act, subject=f"client:{client_id}", details=details)
