"""Sign-in services above us that vouch for people, and what their word changes about what we know."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from pingshan_identity.domain.realm import Realm

VISIT_LIFE = timedelta(minutes=10)
REAL_NAME_LEVEL = 2
TELEPHONE_LEVEL = 1


class UpstreamKind(StrEnum):
    OIDC = "oidc"
    WECOM = "wecom"


class Purpose(StrEnum):
    SIGN_IN = "sign-in"
    LINK = "link"
    """Somebody who is signed in adds it as a way to sign in; people of the public raise their real-name level so."""


@dataclass(frozen=True, slots=True)
class Upstream:
    code: str
    kind: UpstreamKind
    name_zh: str
    name_en: str
    realm: Realm
    issuer: str
    """Of OpenID Connect; WeCom: the origin of its interfaces."""
    client_id: str
    """WeCom: the corporation's id."""
    secret_file: str
    """Name in the secrets folder."""
    proves_real_name: bool = False
    """Its `name` and `person_number` were checked against the register of residents."""
    proves_mobile: bool = False
    agent_id: str = ""
    """WeCom: the application."""
    qr_page: str = ""
    in_app_page: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One trip of a browser to an upstream. The browser carries the state, we keep its hash."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proven:
    """What an upstream said about a person; only what it may prove."""

    subject: str = field(repr=False)
    name: str | None = field(default=None, repr=False)
    person_number: str | None = field(default=None, repr=False)
    mobile: str | None = field(default=None, repr=False)
    """E.164"""

    @property
    def is_real_name(self) -> bool:
        return bool(self.name and self.person_number)


@dataclass(frozen=True, slots=True)
class Known:
    """What we know about a person of the public."""

    person_id: str
    name: str = field(repr=False)
    person_number: str | None = field(repr=False)
    real_name_level: int


def contradicts(known: Known, proven: Proven) -> bool:
    """Another number always; another name where it was proven before."""
    if known.person_number and proven.person_number and known.person_number != proven.person_number:
        return True
    proven_before = known.real_name_level >= REAL_NAME_LEVEL
    return proven_before and bool(proven.name) and known.name != proven.name
