"""nats-server with JetStream on disk, one user per service whose rights come from `edges.yaml`.

`admin` makes the topology; a service may publish its own subjects, make and read its own durables with the declared
filter, watch what it declared, and nothing else.
"""

import hashlib
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pingshan_tools import secret_files
from pingshan_tools.edges import SERVICES, Durable, Edges, Watched
from pingshan_tools.process import Program, answers

ADMIN = "admin"
_HEARTBEAT = "identity.heartbeat"


@dataclass(frozen=True)
class Nats:
    folder: Path
    port: int
    monitor_port: int
    passwords: Mapping[str, str]
    """User → password: the services and `admin`."""
    edges: Edges

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def config_file(self) -> Path:
        return self.folder / "nats.conf"


def passwords(secrets: Path) -> dict[str, str]:
    """Returns the passwords of all users, from the folder of secrets."""
    read = {service: secret_files.read(secrets, service, "nats_password") for service in SERVICES}
    return read | {ADMIN: secret_files.read(secrets, "nats", "password")}


def program(server: Nats) -> Program:
    return Program(
        name="nats",
        argv=(str(Path(sys.executable).with_name("nats-server")), "--config", str(server.config_file)),
        ready=lambda: answers("127.0.0.1", server.port),
        environment={"PINGSHAN_NATS_CONFIG": _digest(config(server))},
        stop_signal=signal.SIGINT,
    )


def _digest(body: dict[str, Any]) -> str:
    """Returns a digest for the environment, by which a server with an older configuration is seen to differ."""
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def prepare(server: Nats) -> None:
    server.folder.mkdir(parents=True, exist_ok=True)
    server.config_file.touch(mode=0o600)
    server.config_file.write_text(json.dumps(config(server), indent=2))


def config(server: Nats) -> dict[str, Any]:
    """Returns the configuration as JSON, which nats-server reads as its own format."""
    return {
        "server_name": "pingshan",
        "listen": f"127.0.0.1:{server.port}",
        "http": f"127.0.0.1:{server.monitor_port}",
        "max_payload": 1024 * 1024,
        "jetstream": {"store_dir": str(server.folder / "jetstream"), "max_memory_store": 64 * 1024 * 1024},
        "accounts": accounts(server.passwords, server.edges),
    }


def accounts(passwords: Mapping[str, str], edges: Edges) -> dict[str, Any]:
    """Returns one account, whose users are the services and `admin`."""
    users = [{"user": ADMIN, "password": passwords[ADMIN]}]
    users += [_user(service, passwords[service], edges) for service in SERVICES]
    return {"PINGSHAN": {"jetstream": "enabled", "users": users}}


def _user(service: str, password: str, edges: Edges) -> dict[str, Any]:
    return {"user": service, "password": password, "permissions": permissions(service, edges)}


def permissions(service: str, edges: Edges) -> dict[str, Any]:
    """Returns the rights that a service needs for its edges, as pingshan_kit.events.bus lists them."""
    own = [subject for stream in edges.streams_of(service) for subject in stream.subjects]
    publish = [*own, f"relay.{service}.wake"]
    publish += [grant for durable in edges.durables_of(service) for grant in _consume_grants(durable)]
    publish += [grant for watched in edges.watches_of(service) for grant in _watch_grants(watched)]
    publish += [_HEARTBEAT] if service == "identity" else []
    foreign = [durable for durable in edges.durables if durable.service != service]
    return {
        "publish": {"allow": sorted(set(publish)), "deny": [_create(durable) for durable in foreign]},
        "subscribe": {"allow": [f"_INBOX.{service}.>", f"relay.{service}.wake", _HEARTBEAT]},
    }


def _create(durable: Durable) -> str:
    return f"$JS.API.CONSUMER.CREATE.{durable.stream}.{durable.name}.{durable.subject}"


def _consume_grants(durable: Durable) -> list[str]:
    place = f"{durable.stream}.{durable.name}"
    questions = [f"$JS.API.CONSUMER.{question}.{place}" for question in ("INFO", "MSG.NEXT")]
    return [_create(durable), *questions, f"$JS.ACK.{place}.>"]


def _watch_grants(watched: Watched) -> list[str]:
    """Returns the rights of a watch, whose name is random; names of other services' durables are denied."""
    create = f"$JS.API.CONSUMER.CREATE.{watched.stream}.*.{watched.subject}"
    return [create, f"$JS.API.STREAM.INFO.{watched.stream}"]
