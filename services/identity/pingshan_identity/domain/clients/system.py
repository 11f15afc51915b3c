"""Systems as the launchpad shows them."""

from dataclasses import dataclass

from pingshan_identity.domain.clients.client import ClientKind


@dataclass(frozen=True, slots=True)
class System:
    code: str
    name_zh: str
    name_en: str
    kind: ClientKind
    owner: str
    owner_zh: str
    owner_en: str
    launch_uri: str
    required_level: int
