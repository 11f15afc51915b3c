"""Servers that somebody else runs: named by settings, then left out of what the launcher starts.

| setting | meaning |
|---|---|
| `PINGSHAN_POSTGRES_URL` | URL of a superuser, for roles and databases: `postgresql://admin:…@host:5432/postgres` |
| `PINGSHAN_NATS_URL` | `nats://host:4222`, with JetStream; its accounts are what `pingshan nats-accounts` prints |
| `PINGSHAN_TEMPORAL_ADDRESS` | `host:7233`; its namespace is `PINGSHAN_TEMPORAL_NAMESPACE`, else `pingshan` |
| `OTEL_EXPORTER_OTLP_ENDPOINT` | an OTLP receiver such as Jaeger; the trace sink is left out |

What stands in front of the services is `front.py`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pingshan_tools.addresses import Addresses, Ports
from pingshan_tools.launcher import front
from pingshan_tools.launcher.front import Front
from pingshan_tools.launcher.places import Places


@dataclass(frozen=True)
class Outside:
    postgres_url: str = ""
    nats_url: str = ""
    temporal_address: str = ""
    temporal_namespace: str = "pingshan"
    otlp_endpoint: str = ""
    front: Front = field(default_factory=Front)


def from_environment(variables: Mapping[str, str] = os.environ) -> Outside:
    """Reads the settings. Raises ValueError where one cannot be an address."""
    return Outside(
        postgres_url=_address(variables, "PINGSHAN_POSTGRES_URL", ("postgresql", "postgres")),
        nats_url=_address(variables, "PINGSHAN_NATS_URL", ("nats", "tls")),
        temporal_address=variables.get("PINGSHAN_TEMPORAL_ADDRESS", ""),
        temporal_namespace=variables.get("PINGSHAN_TEMPORAL_NAMESPACE", "pingshan"),
        otlp_endpoint=variables.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        front=front.from_environment(variables),
    )


def _address(variables: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    value = variables.get(name, "")
    place = urlsplit(value)
    if value and not (place.scheme in schemes and place.hostname):
        raise ValueError(f"{name} must begin with {schemes[0]}:// and a host")
    return value


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
        origins=beyond.front.origins,
        given=beyond.front.settings,
    )
