"""Rules of who may do what."""

from pingshan_values.actor import Actor, ActorKind

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import (
    ConsentNotFound,
    LicenseTypeNotIssuedHere,
    LicenseTypeNotOurs,
    NoMandate,
    NotAllowed,
)
from pingshan_e_license.domain.license import License
from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.domain.sharing.requirements import over_asked

ISSUER = "issuer"
VERIFIER = "verifier"
OPERATOR = "operator"
SUPERVISOR = "supervisor"

_OWN_SEED = "e-license"
_APPROVALS = "workflow"
_DELIVERY = "alerts"


def check_may_issue(actor: Actor, license_type: LicenseType, case_id: str) -> None:
    """Admits an issuer of the owning agency, the approval service for a case, and this service's own seed.

    Raises NotAllowed for anybody else, LicenseTypeNotOurs for an issuer of another agency, LicenseTypeNotIssuedHere for
    a type that is collected or relayed.
    """
    if not issues_for_case(actor, case_id) and not _is_own_seed(actor):
        _check_own_agency(actor, license_type.agency)
    if not license_type.is_issued_here:
        raise LicenseTypeNotIssuedHere(type=license_type.code, origin=license_type.origin.value)


def may_issue_by_hand(actor: Actor, license_type: LicenseType) -> bool:
    """Returns True where the actor is an issuer of the type's agency and the type is issued here."""
    return actor.has(ISSUER) and actor.organisation == license_type.agency and license_type.is_issued_here


def check_may_decide(actor: Actor, license_: License) -> None:
    """Raises NotAllowed unless the actor is an issuer, LicenseTypeNotOurs unless it is of the licence's agency."""
    _check_own_agency(actor, license_.agency)


def may_decide(actor: Actor, license_: License) -> bool:
    """Returns whether the actor may decide on the licence, whatever its standing allows."""
    return actor.has(ISSUER) and actor.organisation == license_.agency


def check_may_read(actor: Actor, license_: License) -> None:
    """Raises NotAllowed unless the actor is the approval service or an issuer of the agency, or acts for its holder."""
    if not (_is_for_approvals(actor) or may_decide(actor, license_) or is_holder(actor, license_)):
        raise NotAllowed


def check_may_render(actor: Actor, license_: License) -> None:
    """Raises NotAllowed unless the actor is an issuer of the agency, or acts for the holder: it is given unmasked."""
    if not (may_decide(actor, license_) or is_holder(actor, license_)):
        raise NotAllowed


def check_may_learn_holder(actor: Actor) -> None:
    """Raises NotAllowed unless the actor is the service that notifies holders of their licences."""
    if actor.service != _DELIVERY:
        raise NotAllowed


def is_holder(actor: Actor, license_: License) -> bool:
    return license_.holder.code in actor.act_for


def search_scope(actor: Actor) -> str | None:
    """Returns the agency whose licences the actor may search, None for all. Raises NotAllowed."""
    if _is_for_approvals(actor):
        return None
    if actor.has(ISSUER) and actor.organisation is not None:
        return actor.organisation
    raise NotAllowed


def expiry_scope(actor: Actor) -> str:
    """Returns the agency whose expiring licences the actor may list. Raises NotAllowed for all but its issuers."""
    if not actor.has(ISSUER) or actor.organisation is None:
        raise NotAllowed
    return actor.organisation


def check_may_verify(actor: Actor) -> None:
    """Raises NotAllowed unless the actor verifies or issues licences."""
    if not (actor.has(VERIFIER) or actor.has(ISSUER)):
        raise NotAllowed


def check_may_manage_keys(actor: Actor) -> None:
    """Raises NotAllowed unless the actor operates the exchange."""
    if not actor.has(OPERATOR):
        raise NotAllowed


def issues_for_case(actor: Actor, case_id: str) -> bool:
    """Returns True for the approval service that names the case, whoever it asks for."""
    return _is_for_approvals(actor) and case_id != ""


def issues_by_hand(actor: Actor) -> bool:
    """Returns True for everybody but the approval service and this service's own seed: they may name no case."""
    return not (_is_for_approvals(actor) or _is_own_seed(actor))


def is_approval_service(actor: Actor) -> bool:
    """Returns True for the approval service itself, and False where it asks for a person."""
    return actor.kind is ActorKind.SERVICE and _is_for_approvals(actor)


def _is_for_approvals(actor: Actor) -> bool:
    return actor.service == _APPROVALS


def _is_own_seed(actor: Actor) -> bool:
    return actor.service == _OWN_SEED


def _check_own_agency(actor: Actor, agency: str) -> None:
    if not actor.has(ISSUER):
        raise NotAllowed
    if actor.organisation != agency:
        raise LicenseTypeNotOurs(agency=agency)


def check_may_request_data(actor: Actor, item: SharingItem, holder_code: str) -> None:
    """Admits the item's requester, and a person of the public who acts for the holder.

    Raises NotAllowed for who neither verifies nor issues licences, NoMandate for a person who does not act for the
    holder, OverAsked for every other organisation.
    """
    if acts_by_mandate(actor):
        if holder_code not in actor.act_for:
            raise NoMandate(item=item.code, excess="mandate")
        return
    check_may_request_consent(actor, item)


def check_may_request_consent(actor: Actor, item: SharingItem) -> None:
    """Raises NotAllowed for who neither verifies nor issues licences, OverAsked unless it is the item's requester."""
    if _is_own_seed(actor):
        return
    if not (actor.has(VERIFIER) or actor.has(ISSUER)) or actor.organisation is None:
        raise NotAllowed
    if actor.organisation != item.requester:
        raise over_asked(item, "requester", actor.organisation)


def acts_by_mandate(actor: Actor) -> bool:
    """Returns True for a person of the public, who asks as the holder's agent and for no agency."""
    return actor.kind is ActorKind.PERSON and actor.realm == "public"


def check_holds_consent(actor: Actor, consent: Consent) -> None:
    """Raises ConsentNotFound unless the actor is, or acts for, the holder whose consent it is."""
    if consent.holder_code not in actor.act_for:
        raise ConsentNotFound


def consent_scope(actor: Actor) -> str | None:
    """Returns the organisation whose requests for consent the actor may list; None for the public, who list their own.

    Raises NotAllowed.
    """
    if acts_by_mandate(actor):
        return None
    if (actor.has(VERIFIER) or actor.has(ISSUER)) and actor.organisation is not None:
        return actor.organisation
    raise NotAllowed


def check_may_supervise(actor: Actor) -> None:
    """Raises NotAllowed unless the actor supervises the exchange."""
    if not actor.has(SUPERVISOR):
        raise NotAllowed
