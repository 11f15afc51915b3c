"""nats-server with JetStream on disk, one user per service whose rights come from `edges.yaml`.

`admin` makes the topology; a service may publish its own subjects, make and read its own durables with the declared
filter, watch what it declared under a few fixed names, and nothing else (docs/adr/0009-watch-names.md).

JetStream is in an account of its own, and the services are in another, which imports the few subjects that services
ask. JetStream obeys what its own server publishes in its account: where the services were in it, an empty answer to
`CONSUMER.MSG.NEXT` with the reply `$JS.API.STREAM.DELETE.…` deleted any stream. An imported answer goes to the account
that asked, where nobody obeys (docs/adr/0008-accounts.md).
"""

import hashlib
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pingshan_events.watch_names import watch_names

from pingshan_tools import secret_files
from pingshan_tools.edges import SERVICES, Durable, Edges, Watched
from pingshan_tools.process import Program, answers

ADMIN = "admin"
_JETSTREAM, _SERVICES = "PINGSHAN", "SERVICES"
"""Accounts: that of the streams and of `admin`, and that of the services."""
_MEMORY_STORE = 64 * 1024 * 1024
_TIMES_DECLARED = 4
"""How much JetStream may reserve, in sums of what `edges.yaml` declares: `max_bytes` may be raised while it runs, and a
stream that is no longer declared keeps what it has reserved. Unset, it is three quarters of what the disk has free at
each start, and a disk that others fill makes a server refuse the streams that it has.
"""
_HEARTBEAT = "identity.heartbeat"
_API, _IMPORTED_API = "$JS.API", "JETSTREAM.API"
"""What clients ask, and under which name their account imports it: `$JS.API` itself is there the server's refusal."""
_ASKED = {
    "STREAM.INFO.*": "singleton",
    "CONSUMER.CREATE.>": "singleton",
    "CONSUMER.INFO.*.*": "singleton",
    "CONSUMER.MSG.NEXT.*.*": "stream",
}
"""Subjects below JetStream's API that services ask, and how many answers come: one, or a stream of them."""


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
        well=lambda: can_store(server),
    )


async def can_store(server: Nats) -> bool:
    """Returns whether no stream has failed to write: nats-server 2.15.1 stores nothing more in one whose disk was full
    once, also when there is room again, until it is started anew. What it acknowledged is then there.
    """
    import httpx  # PostgreSQL need not wait until it is imported

    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{server.monitor_port}/healthz")
    except httpx.HTTPError:
        return True
    return "write error" not in answer.text


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
        "jetstream": {
            "store_dir": str(server.folder / "jetstream"),
            "max_memory_store": _MEMORY_STORE,
            "max_file_store": file_store(server.edges),
        },
        "accounts": accounts(server.passwords, server.edges),
    }


def file_store(edges: Edges) -> int:
    """Returns how many bytes all streams together may reserve on the disk."""
    return _TIMES_DECLARED * sum(stream.max_bytes for stream in edges.streams)


def accounts(passwords: Mapping[str, str], edges: Edges) -> dict[str, Any]:
    """Returns the account of JetStream, whose user is `admin`, and that of the services, which imports from it."""
    inboxes = [f"_INBOX.{service}.>" for service in SERVICES]
    stored = [subject for stream in edges.streams for subject in stream.subjects]
    asked = [f"{_API}.{question}" for question in _ASKED]
    exports = [_export("service", f"{_API}.{question}", response_type=kind) for question, kind in _ASKED.items()]
    exports += [_export("service", subject) for subject in ("$JS.ACK.>", *stored)]
    exports += [_export("stream", inbox) for inbox in inboxes]
    imports = [_import("service", subject, to=_imported(subject)) for subject in asked]
    imports += [_import("service", subject) for subject in ("$JS.ACK.>", *stored)]
    imports += [_import("stream", inbox) for inbox in inboxes]
    return {
        _JETSTREAM: {
            "jetstream": "enabled",
            "users": [{"user": ADMIN, "password": passwords[ADMIN]}],
            "exports": exports,
        },
        _SERVICES: {
            "users": [_user(service, passwords[service], edges) for service in SERVICES],
            "mappings": {f"{_API}.>": f"{_IMPORTED_API}.>"},
            "imports": imports,
        },
    }


def _export(kind: str, subject: str, **options: str) -> dict[str, Any]:
    return {kind: subject, "accounts": [_SERVICES], **options}


def _import(kind: str, subject: str, **options: str) -> dict[str, Any]:
    return {kind: {"account": _JETSTREAM, "subject": subject}, **options}


def _imported(subject: str) -> str:
    return subject.replace(f"{_API}.", f"{_IMPORTED_API}.", 1)


def _user(service: str, password: str, edges: Edges) -> dict[str, Any]:
    return {"user": service, "password": password, "permissions": permissions(service, edges)}


def permissions(service: str, edges: Edges) -> dict[str, Any]:
    """Returns the rights that a service needs for its edges, as pingshan_kit.events.bus lists them."""
    own = [subject for stream in edges.streams_of(service) for subject in stream.subjects]
    publish = [*own, f"relay.{service}.wake"]
    publish += [f"$JS.API.STREAM.INFO.{stream.name}" for stream in edges.streams_of(service)]
    publish += [grant for durable in edges.durables_of(service) for grant in _consume_grants(durable)]
    publish += [grant for watched in edges.watches_of(service) for grant in _watch_grants(watched)]
    publish += [_HEARTBEAT] if service == "identity" else []
    return {
        "publish": {"allow": _under_both_names(publish)},
        "subscribe": {"allow": [f"_INBOX.{service}.>", f"relay.{service}.wake", _HEARTBEAT]},
    }


def _under_both_names(subjects: list[str]) -> list[str]:
    """Returns the subjects as clients write them and as they are mapped: which of the two is checked is the server's.

    nats-server 2.15.1 checks the mapped one.
    """
    return sorted({*subjects, *(_imported(subject) for subject in subjects)})


def _create(stream: str, name: str, subject: str) -> str:
    """Returns the right to make one consumer; without `*`, which would stand for another service's durable as well."""
    return f"$JS.API.CONSUMER.CREATE.{stream}.{name}.{subject}"


def _consume_grants(durable: Durable) -> list[str]:
    place = f"{durable.stream}.{durable.name}"
    questions = [f"$JS.API.CONSUMER.{question}.{place}" for question in ("INFO", "MSG.NEXT")]
    return [_create(durable.stream, durable.name, durable.subject), *questions, f"$JS.ACK.{place}.>"]


def _watch_grants(watched: Watched) -> list[str]:
    names = watch_names(watched.service, watched.subject)
    made = [_create(watched.stream, name, watched.subject) for name in names]
    return [*made, f"$JS.API.STREAM.INFO.{watched.stream}"]
