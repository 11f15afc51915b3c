"""`pingshan kubernetes-secrets`: the secrets of this data folder as manifests for a development cluster.

They are printed, never written: `tilt up` and `kubectl apply -f -` take them from there.
"""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from pingshan_tools import secret_files
from pingshan_tools.addresses import database_name
from pingshan_tools.edges import SERVICES, load
from pingshan_tools.embedded import nats
from pingshan_tools.launcher.places import Places

_OWNER = "owner_database_password"


def manifests(places: Places) -> str:
    secret_files.make(places.secrets, places.service_jwks)
    return yaml.safe_dump_all(_documents(places), sort_keys=False)


def _documents(places: Places) -> Iterator[dict[str, Any]]:
    for service in SERVICES:
        files = {file.name: file.read_text() for file in sorted((places.secrets / service).iterdir())}
        owner = files.pop(_OWNER)
        yield _secret(f"{service}-secrets", files)
        yield _secret(f"{service}-owner", {_OWNER: owner})
    yield _document("ConfigMap", "service-jwks", data={"service_jwks.json": places.service_jwks.read_text()})
    yield _secret("postgres-password", {"password": secret_files.read(places.secrets, "postgres", "password")})
    yield _secret("postgres-roles", {"roles.sql": _roles(places)})
    yield _secret("nats-config", {"nats.conf": json.dumps(_nats_config(places), indent=2)})


def _secret(name: str, files: dict[str, str]) -> dict[str, Any]:
    return _document("Secret", name, type="Opaque", stringData=files)


def _document(kind: str, name: str, **body: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "pingshan"}, **body}


def _roles(places: Places) -> str:
    """Returns what `embedded.postgres` makes, as SQL for a new server; our passwords hold no quotation mark."""
    lines = []
    for service in SERVICES:
        name = database_name(service)
        for role, file in (("owner", _OWNER), ("runtime", "database_password")):
            password = secret_files.read(places.secrets, service, file)
            lines.append(f"CREATE ROLE {name}_{role} LOGIN PASSWORD '{password}';")
        lines.append(f"CREATE DATABASE {name} OWNER {name}_owner;")
        lines.append(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;")
        lines.append(f"GRANT CONNECT ON DATABASE {name} TO {name}_runtime;")
    return "\n".join(lines) + "\n"


def _nats_config(places: Places) -> dict[str, Any]:
    return {
        "server_name": "pingshan",
        "listen": "0.0.0.0:4222",
        "http": "0.0.0.0:8222",
        "jetstream": {"store_dir": "/data", "max_file_store": nats.file_store(load())},
        "accounts": nats.accounts(nats.passwords(places.secrets), load()),
    }
