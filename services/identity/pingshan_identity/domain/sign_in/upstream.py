"""Upstreams: sign-in services that vouch for people, and what their answers change about what is known."""

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
    """A person who is signed in adds the upstream as a way to sign in; the public raise their real-name level so."""


@dataclass(frozen=True, slots=True)
class Upstream:
    code: str
    kind: UpstreamKind
    name_zh: str
    name_en: str
    realm: Realm
    issuer: str
    """Issuer of OpenID Connect; for WeCom the origin of its interfaces."""
    client_id: str
    """Client id; for WeCom the corporation's id."""
    secret_file: str
    """File name in the secrets folder."""
    proves_real_name: bool = False
    """Whether its `name` and `person_number` were checked against the register of residents."""
    proves_mobile: bool = False
    agent_id: str = ""
    """Application at WeCom; empty for OpenID Connect."""
    qr_page: str = ""
    in_app_page: str = ""

    def require_realm(self, realm: Realm) -> None:
        """Raises UpstreamUnknown where the upstream vouches for people of the other realm."""
        if realm is not self.realm:
            raise UpstreamUnknown


@dataclass(frozen=True, slots=True)
class Visit:
    """Is one trip of a browser to an upstream; the browser has the state, the store its hash."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """Is what the store keeps of a trip until the browser is back."""

    purpose: Purpose
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    person_id: str | None
    """Id of the person who links; None for a sign-in."""
    continuation: str


def require_visit(kept: KeptVisit | None, person_id: str | None) -> KeptVisit:
    """Returns the trip; raises UpstreamStateUnknown for None, or where another person began to link.

    `person_id`: who is signed in now; None for nobody.
    """
    if kept is None or (kept.purpose is Purpose.LINK and kept.person_id != person_id):
        raise UpstreamStateUnknown
    return kept


@dataclass(frozen=True, slots=True)
class Proven:
    """Is what an upstream said about a person, limited to what it may prove."""

    subject: str = field(repr=False)
    name: str | None = field(default=None, repr=False)
    person_number: str | None = field(default=None, repr=False)
    mobile: str | None = field(default=None, repr=False)
    """Number in E.164; None where it was not proven."""

    @property
    def is_real_name(self) -> bool:
        return bool(self.name and self.person_number)

    @property
    def level_of_new(self) -> int:
        """Returns the real-name level that a new person begins at: 1 with a mobile number, else 0."""
        return TELEPHONE_LEVEL if self.mobile else 0


@dataclass(frozen=True, slots=True)
class Known:
    """Is what we know about a person of the public."""

    person_id: str
    name: str = field(repr=False)
    person_number: str | None = field(repr=False)
    real_name_level: int


def contradicts(known: Known, proven: Proven, owner: Known | None = None) -> bool:
    """Returns whether the proven number differs from the known one or is another person's, or a proven name differs.

    A name counts as proven from real-name level 2. `owner`: the person known by the proven number; None for nobody.
    """
    if owner is not None and owner.person_id != known.person_id:
        return True
    if known.person_number and proven.person_number and known.person_number != proven.person_number:
        return True
    proven_before = known.real_name_level >= REAL_NAME_LEVEL
    return proven_before and bool(proven.name) and known.name != proven.name
