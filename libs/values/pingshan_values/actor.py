"""The actor: facts about its caller that a use case decides by or records."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class ActorKind(StrEnum):
    """Names the kind of party that stands behind a call."""

    PERSON = "person"
    SERVICE = "service"
    CLIENT = "client"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """Describes a caller: a person, a sibling service (alone or for a person), an outside system, or nobody known."""

    kind: ActorKind
    person_id: str | None = None
    name: str | None = field(default=None, repr=False)
    realm: Literal["staff", "public"] | None = None
    organisation: str | None = None
    posts: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    """Roles for the service that is called, for example `officer`."""
    acr: int = 0
    """Assurance level of the sign-in, 1 to 3; 0 where nobody signed in."""
    session_id: str | None = None
    grant_id: str | None = None
    """Id of what identity granted to the client that calls; a grant may end before its session."""
    act_for: tuple[str, ...] = field(default=(), repr=False)
    """Holder codes that the person may act for, their own included."""
    service: str | None = None
    """The calling service, also where it calls for a person."""
    client_id: str | None = None

    @property
    def id(self) -> str:
        """Returns a stable name for records and idempotency, without personal data."""
        match self.kind:
            case ActorKind.PERSON:
                return f"person:{self.person_id}"
            case ActorKind.SERVICE:
                return f"service:{self.service}"
            case ActorKind.CLIENT:
                return f"client:{self.client_id}"
            case ActorKind.ANONYMOUS:
                return "anonymous"

    def has(self, role: str) -> bool:
        return role in self.roles


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
