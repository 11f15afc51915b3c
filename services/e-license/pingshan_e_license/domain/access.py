"""Who may do what."""

from pingshan_values.actor import Actor

from pingshan_e_license.domain.catalogue import LicenseType
from pingshan_e_license.domain.errors import LicenseTypeNotIssuedHere, LicenseTypeNotOurs, NotAllowed
from pingshan_e_license.domain.license import License

ISSUER = "issuer"
VERIFIER = "verifier"
OPERATOR = "operator"

_OWN_SEED = "e-license"
_APPROVALS = "workflow"
_DELIVERY = "alerts"


def check_may_issue(actor: Actor, license_type: LicenseType, case_id: str) -> None:
    """An issuer of the owning agency, the approval service for a case, or this service's own seed.

    Raises:
        NotAllowed: neither an issuer nor such a service.
        LicenseTypeNotOurs: the type belongs to another agency.
        LicenseTypeNotIssuedHere: the type is collected or relayed; nobody may issue it.

    """
    if not _issues_for_case(actor, case_id):
        _check_own_agency(actor, license_type.agency)
    if not license_type.is_issued_here:
        raise LicenseTypeNotIssuedHere(type=license_type.code, origin=license_type.origin.value)


def may_issue_by_hand(actor: Actor, license_type: LicenseType) -> bool:
    """Whether the form of the type is this person's to fill in: an issuer of its agency, and it is issued here."""
    return actor.has(ISSUER) and actor.organisation == license_type.agency and license_type.is_issued_here


def check_may_revoke(actor: Actor, license_: License) -> None:
    """An issuer of the agency that issued it. Raises NotAllowed or LicenseTypeNotOurs."""
    _check_own_agency(actor, license_.agency)


def may_revoke(actor: Actor, license_: License) -> bool:
    return actor.has(ISSUER) and actor.organisation == license_.agency


def check_may_read(actor: Actor, license_: License) -> None:
    """The approval service, an issuer of the agency, or the holder and whoever acts for the holder.

    Raises NotAllowed.
    """
    if not (actor.service == _APPROVALS or may_revoke(actor, license_) or is_holder(actor, license_)):
        raise NotAllowed


def check_may_learn_holder(actor: Actor) -> None:
    """The service that tells holders of their licences. Raises NotAllowed."""
    if actor.service != _DELIVERY:
        raise NotAllowed


def is_holder(actor: Actor, license_: License) -> bool:
    return license_.holder.code in actor.act_for


def search_scope(actor: Actor) -> str | None:
    """The agency whose licences the actor may search; None for all. Raises NotAllowed."""
    if actor.service == _APPROVALS:
        return None
    if actor.has(ISSUER) and actor.organisation is not None:
        return actor.organisation
    raise NotAllowed


def check_may_verify(actor: Actor) -> None:
    """Staff who verify or issue. Raises NotAllowed."""
    if not (actor.has(VERIFIER) or actor.has(ISSUER)):
        raise NotAllowed


def _issues_for_case(actor: Actor, case_id: str) -> bool:
    return actor.service == _OWN_SEED or (actor.service == _APPROVALS and case_id != "")


def _check_own_agency(actor: Actor, agency: str) -> None:
    if not actor.has(ISSUER):
        raise NotAllowed
    if actor.organisation != agency:
        raise LicenseTypeNotOurs(agency=agency)
