"""People, and how they can be reached."""

from dataclasses import dataclass, field

from pingshan_identity.domain.realm import Realm


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    realm: Realm
    name: str = field(repr=False)
    login_name: str | None
    """Name that staff sign in with; None in the public realm."""
    organisation: str | None
    """Organisation code; None in the public realm."""
    posts: tuple[str, ...]
    language: str
    """Language tag (BCP 47): zh-Hans or en."""


@dataclass(frozen=True, slots=True)
class Contact:
    person_id: str
    mobile_number: str = field(repr=False)
    """Number in E.164; empty where none is known."""
    language: str
