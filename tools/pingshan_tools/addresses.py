"""Addresses of everything on one platform, and the settings that tell them to a service."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pingshan_tools.edges import ROOT, SERVICES, load

DEFAULT_BASE = 18000
SIMULATORS = "simulators"
_VIRTUAL_AUTHENTICATORS = ROOT / "simulators" / "pingshan_simulators" / "data" / "virtual_authenticators.json"
"""Level 3 without a device, on a platform that the launcher starts; a deployment lists the models of its own."""

_OFFSETS = {"identity": 81, "e-license": 82, "workflow": 83, "wifi-portal": 84, "alerts": 85}


@dataclass(frozen=True)
class Ports:
    base: int = DEFAULT_BASE

    def http(self, service: str) -> int:
        return self.base + _OFFSETS[service]

    def grpc(self, service: str) -> int:
        return self.base + 100 + _OFFSETS[service]

    def of(self, offset: int) -> int:
        return self.base + offset

    @property
    def simulators(self) -> int:
        return self.of(90)

    @property
    def sink_page(self) -> int:
        return self.of(91)

    @property
    def radius_auth(self) -> int:
        return self.of(112)

    @property
    def radius_acct(self) -> int:
        return self.of(113)

    @property
    def coa(self) -> int:
        return self.of(379)

    @property
    def otlp(self) -> int:
        return self.of(317)

    @property
    def nats(self) -> int:
        return self.of(422)

    @property
    def nats_monitor(self) -> int:
        return self.of(423)

    @property
    def postgres(self) -> int:
        return self.of(432)

    @property
    def temporal(self) -> int:
        return self.of(733)


@dataclass(frozen=True)
class Addresses:
    """Says where one platform is: its ports, its secrets, and the servers beneath."""

    ports: Ports
    secrets: Path
    service_jwks: Path
    postgres: str
    """host:port"""
    nats: str
    """URL without a user."""
    temporal: str
    """host:port"""
    temporal_namespace: str = "pingshan"
    issuer: str = ""
    """Origin of the issuer; empty for identity of this platform."""
    databases: Mapping[str, str] = field(default_factory=dict)
    """Service → name of its database, where it is not the service's own name."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Service → origin that browsers see, where something stands in front of it; the simulators among them."""
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Service → settings that whoever starts the platform has set."""

    @property
    def sign_ins(self) -> Path:
        return self.secrets / "sign_ins.json"

    @property
    def nas_secrets(self) -> Path:
        """Returns the file by which the access controllers are configured; wifi-portal's seed writes it."""
        return self.secrets / "wifi-portal" / "nas.json"

    def url(self, service: str) -> str:
        """Returns where the service itself answers, on this machine."""
        return f"http://localhost:{self.ports.simulators if service == SIMULATORS else self.ports.http(service)}"

    def origin(self, service: str) -> str:
        """Returns the origin that browsers see, which other systems know the service by."""
        return self.origins.get(service) or self.url(service)


def database_name(service: str) -> str:
    return service.replace("-", "_")


def package_name(service: str) -> str:
    return f"pingshan_{database_name(service)}"


def fields(service: str, addresses: Addresses) -> dict[str, str]:
    """Returns the settings of a service, by the names of the fields of its `ServiceSettings`."""
    name, ports = database_name(service), addresses.ports
    database = addresses.databases.get(service, name)
    common = {
        "database_url": f"postgresql+asyncpg://{name}_runtime@{addresses.postgres}/{database}",
        "owner_database_url": f"postgresql+asyncpg://{name}_owner@{addresses.postgres}/{database}",
        "secrets_dir": str(addresses.secrets / service),
        "service_jwks": str(addresses.service_jwks),
        "record_heads_file": str(addresses.service_jwks.parent / "record_heads" / f"{database}.jsonl"),
        "nats_url": addresses.nats,
        "http_port": str(ports.http(service)),
        "grpc_port": str(ports.grpc(service)),
        "public_url": addresses.origin(service),
        "issuer": addresses.issuer or addresses.origin("identity"),
        "environment": "embedded",
    }
    siblings = {
        f"rpc_{database_name(callee)}": f"127.0.0.1:{ports.grpc(callee)}" for callee in load().callees_of(service)
    }
    consoles = {f"url_{database_name(other)}": addresses.origin(other) for other in SERVICES}
    consoles["url_simulators"] = addresses.origin(SIMULATORS)
    consoles["url_traces"] = f"http://localhost:{ports.sink_page}"
    own = _own(service, addresses)
    given = dict(addresses.given.get(service, {}))
    if "outgoing_trusted" in own and "outgoing_trusted" in given:
        given["outgoing_trusted"] = f"{own['outgoing_trusted']},{given['outgoing_trusted']}"
    return common | siblings | consoles | own | given


def _own(service: str, addresses: Addresses) -> dict[str, str]:
    ports = addresses.ports
    return {
        "identity": {
            "sign_ins_file": str(addresses.sign_ins),
            "authenticators_file": str(_VIRTUAL_AUTHENTICATORS),
            "outgoing_trusted": "localhost",
            "help_line": "0755-12345",
        },
        "workflow": {
            "temporal_address": addresses.temporal,
            "temporal_namespace": addresses.temporal_namespace,
        },
        "wifi-portal": {
            "radius_auth_port": str(ports.radius_auth),
            "radius_acct_port": str(ports.radius_acct),
            "coa_port": str(ports.coa),
            "nas_secrets_file": str(addresses.nas_secrets),
            "controller_login_url": f"{addresses.origin(SIMULATORS)}/nas/{{controller_id}}/login",
        },
        "alerts": {
            "sms_carrier_url": f"{addresses.url(SIMULATORS)}/carrier",
            "outgoing_trusted": f"localhost:{ports.simulators}",
        },
    }.get(service, {})


def simulators_environment(addresses: Addresses, folder: Path) -> dict[str, str]:
    """Returns the simulators' settings: their own folder, and what the parties outside share with our services."""
    alerts = addresses.secrets / "alerts"
    values = {
        "HTTP_PORT": str(addresses.ports.simulators),
        "DATA_DIR": str(folder),
        "SMS_CARRIER_KEY_FILE": str(alerts / "sms_carrier_key"),
        "SMS_RECEIPT_KEY_FILE": str(alerts / "sms_receipt_key"),
        "SMS_RECEIPTS_URL": f"{addresses.url('alerts')}/v1/carrier-receipts",
        "NAS_SECRETS_FILE": str(addresses.nas_secrets),
        "RADIUS_AUTH_PORT": str(addresses.ports.radius_auth),
        "RADIUS_ACCT_PORT": str(addresses.ports.radius_acct),
        "COA_PORT": str(addresses.ports.coa),
        "ISSUER": addresses.origin("identity"),
        "PUBLIC_URL": addresses.origin(SIMULATORS),
        "OUTGOING_CA_FILE": addresses.given.get(SIMULATORS, {}).get("outgoing_ca_file", ""),
        "UPSTREAM_SECRET_FILE": str(addresses.secrets / "identity" / "upstream_secret"),
        "WECOM_SECRET_FILE": str(addresses.secrets / "identity" / "wecom_secret"),
        "CLIENT_SECRETS_FILE": str(addresses.secrets / "client_secrets.json"),
        **{f"URL_{database_name(service)}".upper(): addresses.origin(service) for service in SERVICES},
    }
    return {f"PINGSHAN_SIMULATORS_{name}": value for name, value in values.items()}


def environment(service: str, values: Mapping[str, str]) -> dict[str, str]:
    """Returns settings as environment variables, for example `PINGSHAN_E_LICENSE_HTTP_PORT`."""
    return {variable(service, name): value for name, value in values.items()}


def variable(service: str, name: str) -> str:
    return f"PINGSHAN_{database_name(service)}_{name}".upper()


def base_from_environment() -> int:
    """Returns PINGSHAN_PORT_BASE, or the default. Raises ValueError where it is no number from 1024 to 64000."""
    text = os.environ.get("PINGSHAN_PORT_BASE", str(DEFAULT_BASE))
    if not text.isdigit() or not 1024 <= int(text) <= 64_000:
        raise ValueError(f"PINGSHAN_PORT_BASE must be a number from 1024 to 64000, and is {text!r}")
    return int(text)
