"""Makes licences: numbered and signed; the topics that issue one or its next version share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pingshan_kit import clock
from pingshan_kit.fair import in_turns
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


@dataclass(frozen=True, slots=True)
class Draft:
    """Is a licence that is checked, and is to be signed."""

    type: LicenseType
    identifier: Identifier
    holder: Holder
    attributes: Mapping[str, Any] = field(repr=False)
    period: Period
    case_id: str = ""


async def signed_licenses(deps: Dependencies, drafts: Sequence[Draft]) -> list[License]:
    """Returns new licences with their credentials, which are stored nowhere yet."""
    return await in_turns(_signed(deps, each) for each in drafts)


def _signed(deps: Dependencies, draft: Draft) -> License:
    issued_at = clock.now().replace(microsecond=0)
    identifier = draft.identifier
    unsigned = unsigned_credential(
        draft.type,
        identifier,
        draft.holder,
        draft.attributes,
        draft.period,
        issuer=deps.issuer,
        issued_at=issued_at,
        salt=new_salt,
    )
    return License(
        license_id=uuid7(),
        identifier=str(identifier),
        type=draft.type.code,
        agency=draft.type.agency,
        serial_number=identifier.serial_number,
        version=identifier.version,
        holder=draft.holder,
        attributes=draft.attributes,
        period=draft.period,
        issued_at=issued_at,
        case_id=draft.case_id,
        credential=deps.signer.sign(unsigned),
    )
