"""Makes licences: numbered and signed; the topics that issue one or its next version share it."""

from collections.abc import Mapping
from typing import Any

from pingshan_kit import clock
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.clients.signer import new_salt
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import unsigned_credential
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import Identifier
from pingshan_e_license.domain.issuing.requirements import check_prerequisites
from pingshan_e_license.domain.license import License
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.store.transparency import status_lists
from pingshan_e_license.usecases.dependencies import Dependencies


async def prove_prerequisites(
    tx: AsyncConnection, deps: Dependencies, holder_code: str, license_type: LicenseType
) -> list[str]:
    """Returns the prerequisites that are issued elsewhere, and locks the others until the commit.

    Raises PrerequisiteMissing.
    """
    required = await license_types.by_codes(tx, license_type.prerequisites)
    held = await licenses.held(tx, deps.personal, holder_code, required)
    return check_prerequisites(required, held, clock.today())


async def signed_license(
    tx: AsyncConnection,
    deps: Dependencies,
    license_type: LicenseType,
    identifier: Identifier,
    *,
    holder: Holder,
    attributes: Mapping[str, Any],
    period: Period,
    case_id: str,
) -> License:
    """Returns a new licence with its credential, which is stored nowhere yet but has its place in a status list.

    Where it is not stored after all, `status_lists.give_back` takes the place away.
    """
    license_id = uuid7()
    place = await status_lists.take_place(tx, license_type.code, license_id)
    issued_at = clock.now().replace(microsecond=0)
    unsigned = unsigned_credential(
        license_type,
        identifier,
        holder,
        attributes,
        period,
        issuer=deps.issuer,
        issued_at=issued_at,
        salt=new_salt,
        status=place.claim(deps.issuer),
    )
    return License(
        license_id=license_id,
        identifier=str(identifier),
        type=license_type.code,
        agency=license_type.agency,
        serial_number=identifier.serial_number,
        version=identifier.version,
        holder=holder,
        attributes=attributes,
        period=period,
        issued_at=issued_at,
        case_id=case_id,
        credential=deps.signer.sign(unsigned),
    )
