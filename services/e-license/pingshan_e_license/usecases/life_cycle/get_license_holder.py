"""Reads who holds a licence, and nothing else of it."""

from uuid import UUID

from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_learn_holder
from pingshan_e_license.domain.errors import LicenseNotFound
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.usecases.dependencies import Dependencies


async def get_license_holder(deps: Dependencies, actor: Actor, *, license_id: UUID) -> str:
    """Returns the holder's code, such as a unified social credit code or person number.

    Raises NotAllowed for everybody but the service that notifies holders, and LicenseNotFound.
    """
    check_may_learn_holder(actor)
    async with deps.database.read() as tx:
        known = await licenses.by_id(tx, deps.personal, license_id)
    if known is None:
        raise LicenseNotFound
    mark(license_id=license_id, correlation_id=known.case_id or license_id)
    return known.holder.code
