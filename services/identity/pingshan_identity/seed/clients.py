"""The 29 systems as relying parties, and the machines of agencies."""

import secrets
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import AuthMethod, ClientKind
from pingshan_identity.seed.files import read
from pingshan_identity.seed.secret_file import SecretFile
from pingshan_identity.settings import Settings
from pingshan_identity.store.tables import client, client_role

_PUBLIC_TOO = frozenset({"e-license", "workflow"})
"""Platform services that people of the public sign in to as well."""
_CONSOLES = {"wifi-portal": "/console"}
"""Where staff begin, where it is not the service's first page."""
_SECTION = "clients"
_ADDRESSES: tuple[str, ...] = ("redirect_uris", "post_logout_redirect_uris", "launch_uri", "backchannel_logout_uri")


async def seed_clients(tx: AsyncConnection, settings: Settings, file: SecretFile) -> None:
    """Addresses follow the settings at every run; what administrators may change is written once.

    A secret that its file lacks is made anew, and counts from then on.
    """
    clients_file = read("clients.json")
    rows = [*_systems(settings, clients_file["open_to"]), *_machines(clients_file["machines"])]
    following = dict.fromkeys((row["client_id"] for row in rows), _ADDRESSES)
    for row in rows:
        if row["auth_method"] == AuthMethod.CLIENT_SECRET_BASIC:
            known = file.get(_SECTION, row["client_id"])
            secret = known or _new_secret(file, row["client_id"])
            row["secret_hash"] = sha256(secret.encode()).digest()
            following[row["client_id"]] += () if known else ("secret_hash",)
    file.save()
    for row in rows:
        changed = {name: row[name] for name in following[row["client_id"]]}
        await tx.execute(insert(client).values(row).on_conflict_do_update(index_elements=["client_id"], set_=changed))
    roles = [
        {"client_id": machine["code"], "audience": audience, "role": role}
        for machine in clients_file["machines"]
        for audience, names in machine["roles"].items()
        for role in names
    ]
    await tx.execute(insert(client_role).values(roles).on_conflict_do_nothing())


def _new_secret(file: SecretFile, client_id: str) -> str:
    """256 random bits: SHA-256 is the right hash for it."""
    secret = secrets.token_urlsafe(32)
    file.put(_SECTION, client_id, secret)
    return secret


def _systems(settings: Settings, open_to: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    for system in read("systems.json")["systems"]:
        code = system["code"]
        platform = system["kind"] == ClientKind.PLATFORM
        root = settings.url_of(code) if platform else f"{settings.url_simulators}/systems/{code}"
        yield {
            "client_id": code,
            "name_zh": system["zh"],
            "name_en": system["en"],
            "kind": system["kind"],
            "owner": system["owner"],
            "protocol": system["protocol"],
            "auth_method": (AuthMethod.PRIVATE_KEY_JWT if platform else AuthMethod.CLIENT_SECRET_BASIC).value,
            "secret_hash": None,
            "grant_types": ["authorization_code"],
            "redirect_uris": [f"{root}/sign-in/callback"],
            "post_logout_redirect_uris": [f"{root}/", f"{root}/signed-out"],
            "realms": ["staff", "public"] if code in _PUBLIC_TOO else ["staff"],
            "audiences": ["identity"],
            "open_to": open_to.get(code, []),
            "launch_uri": f"{root}/sign-in?{urlencode({'next': _CONSOLES.get(code, '/')})}" if platform else f"{root}/",
            "required_level": system["required_level"],
            "backchannel_logout": system["backchannel_logout"],
            "backchannel_logout_uri": f"{root}/backchannel-logout" if system["backchannel_logout"] else None,
        }


def _machines(machines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for machine in machines:
        yield {
            "client_id": machine["code"],
            "name_zh": machine["zh"],
            "name_en": machine["en"],
            "kind": ClientKind.AGENCY.value,
            "owner": machine["owner"],
            "protocol": "oauth",
            "auth_method": AuthMethod.CLIENT_SECRET_BASIC.value,
            "secret_hash": None,
            "grant_types": ["client_credentials"],
            "redirect_uris": [],
            "post_logout_redirect_uris": [],
            "realms": [],
            "audiences": ["identity", *machine["roles"]],
            "open_to": [],
            "launch_uri": None,
            "required_level": 1,
            "backchannel_logout": False,
            "backchannel_logout_uri": None,
        }
