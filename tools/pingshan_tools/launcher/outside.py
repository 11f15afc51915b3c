"""Servers that somebody else runs: named by settings, then left out of what the launcher starts.

| setting | meaning |
|---|---|
| `PINGSHAN_POSTGRES_URL` | URL of a role that may make roles and databases: `postgresql://admin:…@host:5432/postgres` |
| `PINGSHAN_NATS_URL` | `nats://host:4222`; its users and rights are the ones in `$PINGSHAN_DATA/nats/nats.conf` |
| `PINGSHAN_TEMPORAL_ADDRESS` | `host:7233`; its namespace is `PINGSHAN_TEMPORAL_NAMESPACE`, else `pingshan` |
| `OTEL_EXPORTER_OTLP_ENDPOINT` | an OTLP receiver such as Jaeger; the trace sink is left out |
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pingshan_tools.addresses import Addresses, Ports
from pingshan_tools.launcher.places import Places


@dataclass(frozen=True)
class Outside:
    postgres_url: str = ""
    nats_url: str = ""
    temporal_address: str = ""
    temporal_namespace: str = "pingshan"
    otlp_endpoint: str = ""

    @property
    def all_servers(self) -> bool:
        return bool(self.postgres_url and self.nats_url and self.temporal_address)


def from_environment(variables: Mapping[str, str] = os.environ) -> Outside:
    return Outside(
        postgres_url=variables.get("PINGSHAN_POSTGRES_URL", ""),
        nats_url=variables.get("PINGSHAN_NATS_URL", ""),
        temporal_address=variables.get("PINGSHAN_TEMPORAL_ADDRESS", ""),
        temporal_namespace=variables.get("PINGSHAN_TEMPORAL_NAMESPACE", "pingshan"),
        otlp_endpoint=variables.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
    )


def addresses(places: Places, ports: Ports, beyond: Outside) -> Addresses:
    place = urlsplit(beyond.postgres_url)
    return Addresses(
        ports=ports,
        secrets=places.secrets,
        service_jwks=places.service_jwks,
        postgres=f"{place.hostname}:{place.port or 5432}" if place.hostname else f"127.0.0.1:{ports.postgres}",
        nats=beyond.nats_url or f"nats://127.0.0.1:{ports.nats}",
        temporal=beyond.temporal_address or f"127.0.0.1:{ports.temporal}",
        temporal_namespace=beyond.temporal_namespace,
    )
