"""What stands in front of the services: the origins that browsers see, and whom the services believe there.

| setting | meaning |
|---|---|
| `PINGSHAN_<SERVICE>_PUBLIC_URL` | origin of a service, or of `SIMULATORS`, behind a proxy: `https://identity.example.gov.cn`; local where not set |
| `PINGSHAN_<SERVICE>_TRUSTED_PROXIES`, `…_OUTGOING_CA_FILE`, `…_OUTGOING_TRUSTED` | as docs/reference/settings.md has them; of `SIMULATORS` only `OUTGOING_CA_FILE` |
"""  # noqa: E501 - a table

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pingshan_tools.addresses import SIMULATORS, variable
from pingshan_tools.edges import SERVICES

PASSED_ON = ("trusted_proxies", "outgoing_ca_file", "outgoing_trusted")
"""Settings of a service, beside its `public_url`, that the launcher takes from its own environment as they are."""
_LOCAL = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True)
class Front:
    origins: Mapping[str, str] = field(default_factory=dict)
    """Service → origin that browsers see, where one is set."""
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Service → settings that go with it, by the names of the fields of its `ServiceSettings`."""


def from_environment(variables: Mapping[str, str] = os.environ) -> Front:
    """Reads the settings. Raises ValueError where an origin is none, or says http to other machines."""
    origins = {}
    for service in (*SERVICES, SIMULATORS):
        if origin := variables.get(name := variable(service, "public_url"), ""):
            origins[service] = _origin(name, origin)
    given = {
        service: {each: variables[name] for each in PASSED_ON if (name := variable(service, each)) in variables}
        for service in (*SERVICES, SIMULATORS)
    }
    return Front(origins, {service: settings for service, settings in given.items() if settings})


def _origin(name: str, text: str) -> str:
    place = urlsplit(text)
    if place.scheme not in {"http", "https"} or not place.hostname or text != f"{place.scheme}://{place.netloc}":
        raise ValueError(
            f"{name} must be an origin such as https://identity.example.gov.cn, without a slash at its end"
        )
    if place.scheme == "http" and place.hostname not in _LOCAL:
        raise ValueError(f"{name} must begin with https://: cookies and passkeys work nowhere else but on localhost")
    return text
