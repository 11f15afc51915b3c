"""Secrets and public keys of a development cluster as Kubernetes manifests, for `kubectl apply -f -` and the Tiltfile.

They are made once below `var/kubernetes` (out of git) and stay the same afterwards.
"""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import yaml

from pingshan_tools import secret_files
from pingshan_tools.edges import SERVICES, Edges
from pingshan_tools.embedded import nats

_OWNER_ONLY = "owner_database_password"
"""Mounted in the migration jobs alone."""


def manifests(folder: Path, edges: Edges) -> str:
    """Returns all manifests as one YAML stream, and makes the secrets that are missing."""
    service_jwks = folder / "service_jwks.json"
    secret_files.make(folder / "secrets", service_jwks)
    documents = [document for service in SERVICES for document in _of_service(folder / "secrets" / service, service)]
    documents += [
        _secret("postgres-password", {"password": secret_files.read(folder / "secrets", "postgres", "password")}),
        _secret("postgres-roles", {"10-roles.sql": _roles(folder / "secrets")}),
        _secret("nats-config", {"nats.conf": _nats_config(folder / "secrets", edges)}),
        _manifest("ConfigMap", "service-jwks", {"service_jwks.json": service_jwks.read_text()}),
    ]
    return yaml.safe_dump_all(documents, sort_keys=False)


def _of_service(folder: Path, service: str) -> list[dict[str, Any]]:
    files = {file.name: file.read_text() for file in sorted(folder.iterdir())}
    owner = {_OWNER_ONLY: files.pop(_OWNER_ONLY)}
    return [_secret(f"{service}-secrets", files), _secret(f"{service}-owner", owner)]


def _roles(secrets: Path) -> str:
    """Returns SQL for an empty server; the passwords are made of URL-safe characters and need no quoting."""
    lines = []
    for service in SERVICES:
        database = service.replace("-", "_")
        for role, name in (("owner", _OWNER_ONLY), ("runtime", "database_password")):
            password = secret_files.read(secrets, service, name)
            lines.append(f"CREATE ROLE {database}_{role} LOGIN PASSWORD '{password}';")
        lines += [
            f"CREATE DATABASE {database} OWNER {database}_owner;",
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;",
            f"GRANT CONNECT ON DATABASE {database} TO {database}_runtime;",
        ]
    return "\n".join(lines) + "\n"


def _nats_config(secrets: Path, edges: Edges) -> str:
    passwords = {service: secret_files.read(secrets, service, "nats_password") for service in SERVICES}
    passwords[nats.ADMIN] = secret_files.read(secrets, "nats", "password")
    server = nats.Nats(folder=Path("/data"), port=4222, monitor_port=8222, passwords=passwords, edges=edges)
    return json.dumps({**nats.config(server), "listen": "0.0.0.0:4222", "http": "0.0.0.0:8222"}, indent=2)


def _secret(name: str, texts: dict[str, str]) -> dict[str, Any]:
    encoded = {key: b64encode(text.encode()).decode() for key, text in texts.items()}
    return {**_manifest("Secret", name, encoded), "type": "Opaque"}


def _manifest(kind: str, name: str, data: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "pingshan"}, "data": data}
