"""Clients beside the seeded ones, as an administrator would make them."""

from hashlib import sha256
from typing import Any

from joserfc.jwk import ECKey, Key
from pingshan_identity.settings import Settings
from pingshan_identity.store.tables import client
from pingshan_kit.storage.database import Database
from sqlalchemy import insert

from tests.support.identity.parties import RelyingParty
from tests.support.platform import BoundService

SECRET = "a-secret-of-256-bits-in-a-test-only-1234567"
CALLBACK = "https://rp.example/callback"


async def add_client(bound: BoundService, client_id: str, **columns: Any) -> RelyingParty:
    """Open to all staff at level 1 unless `columns` says otherwise; `key` registers its public half."""
    key: Key | None = columns.pop("key", None)
    method = columns.setdefault("auth_method", "private_key_jwt" if key else "client_secret_basic")
    row: dict[str, Any] = {
        "client_id": client_id,
        "name_zh": f"测试系统 {client_id}",
        "name_en": f"Test system {client_id}",
        "kind": "district",
        "owner": "data",
        "protocol": "oidc",
        "secret_hash": sha256(SECRET.encode()).digest() if method.startswith("client_secret") else None,
        "grant_types": ["authorization_code"],
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [],
        "realms": ["staff"],
        "audiences": ["identity"],
        "open_to": ["*"],
        "launch_uri": None,
        "required_level": 1,
        "backchannel_logout": False,
        "jwks": {"keys": [dict(key.as_dict(private=False)) | {"kid": client_id}]} if key else None,
    } | columns
    database = Database.from_settings(bound.settings(Settings))
    async with database.begin() as tx:
        await tx.execute(insert(client).values(row))
    await database.close()
    secret = SECRET if method.startswith("client_secret") else None
    own = key if isinstance(key, ECKey) else None
    return RelyingParty(bound.fields["issuer"], client_id, row["redirect_uris"][0], secret, own, method)
