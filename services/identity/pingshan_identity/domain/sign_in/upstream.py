"""Sign-in services above us that vouch for people, and what their word changes about what we know."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from pingshan_identity.domain.errors import UpstreamStateUnknown, UpstreamUnknown
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

    def require_realm(self, realm: Realm) -> None:
        """Raise UpstreamUnknown where it vouches for the people of the other realm."""
        if realm is not self.realm:
            raise UpstreamUnknown


@dataclass(frozen=True, slots=True)
class Visit:
    """One trip of a browser to an upstream. The browser carries the state, we keep its hash."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """What we keep of the trip until the browser is back."""

    purpose: Purpose
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    person_id: str | None
    """Who links; None for a sign-in."""
    continuation: str


def require_visit(kept: KeptVisit | None, person_id: str | None) -> KeptVisit:
    """Return the trip; raise UpstreamStateUnknown where there was none, or somebody else began to link.

    `person_id`: who is signed in now.
    """
    if kept is None or (kept.purpose is Purpose.LINK and kept.person_id != person_id):
        raise UpstreamStateUnknown
    return kept


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

    @property
    def level_of_new(self) -> int:
        """Return the real-name level that somebody new begins at, before name and number are filled in."""
        return TELEPHONE_LEVEL if self.mobile else 0


@dataclass(frozen=True, slots=True)
class Known:
    """What we know about a person of the public."""

    person_id: str
    name: str = field(repr=False)
    person_number: str | None = field(repr=False)
    real_name_level: int


def contradicts(known: Known, proven: Proven, owner: Known | None = None) -> bool:
    """Whether it is another number, a number of somebody else, or another name than was proven before.

    `owner`: whose the proven number is, as far as we know.
    """
    if owner is not None and owner.person_id != known.person_id:
        return True
    if known.person_number and proven.person_number and known.person_number != proven.person_number:
        return True
    proven_before = known.real_name_level >= REAL_NAME_LEVEL
    return proven_before and bool(proven.name) and known.name != proven.name
