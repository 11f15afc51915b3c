"""Makes licences: numbered and signed; the topics that issue one or its next version share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

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
from pingshan_e_license.domain.transparency.status import StatusPlace
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.store.transparency import status_lists
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.signing_keys import SigningKey, signing_key


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


async def signed_licenses(tx: AsyncConnection, deps: Dependencies, drafts: Sequence[Draft]) -> list[License]:
    """Returns new licences with their credentials, in the order of `drafts`.

    They are stored nowhere yet but have their places in status lists; where one is not stored after all,
    `status_lists.give_back` takes its place away.
    """
    license_ids = [uuid7() for _ in drafts]
    places: dict[UUID, StatusPlace] = {}
    for license_type in {each.type.code for each in drafts}:
        mine = [each for each, draft in zip(license_ids, drafts, strict=True) if draft.type.code == license_type]
        places |= await status_lists.take_places(tx, license_type, mine)
    keys = {agency: await signing_key(tx, deps, agency) for agency in sorted({each.type.agency for each in drafts})}
    new = zip(license_ids, drafts, strict=True)
    return await in_turns(
        _signed(deps, draft, license_id, places[license_id], keys[draft.type.agency]) for license_id, draft in new
    )


def _signed(deps: Dependencies, draft: Draft, license_id: UUID, place: StatusPlace, signs_with: SigningKey) -> License:
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
        status=place.claim(deps.issuer),
    )
    return License(
        license_id=license_id,
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
        credential=deps.signer.sign(unsigned, signs_with.key, signs_with.private_jwk),
    )
