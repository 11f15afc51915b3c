"""Maps each refusal to its code, its HTTP and gRPC status and its sentences, one file per topic."""

from pingshan_kit.errors import INVALID_REQUEST, KIT_ERRORS, ErrorTable, Forbidden

from pingshan_e_license.domain.errors import NotAllowed, RequestInvalid
from pingshan_e_license.entrypoints.errors import (
    catalogue,
    issuing,
    life_cycle,
    renditions,
    sharing,
    transparency,
    verification,
)

ERRORS: ErrorTable = {
    RequestInvalid: INVALID_REQUEST,
    NotAllowed: KIT_ERRORS[Forbidden],
    **catalogue.ERRORS,
    **issuing.ERRORS,
    **life_cycle.ERRORS,
    **renditions.ERRORS,
    **sharing.ERRORS,
    **transparency.ERRORS,
    **verification.ERRORS,
}
