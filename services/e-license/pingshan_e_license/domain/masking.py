"""Rules of what a reader sees of a licence's personal data without a record of the look."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pingshan_values.actor import Actor
from pingshan_values.masked import mask_code, mask_name

from pingshan_e_license.domain.access import is_approval_service
from pingshan_e_license.domain.credential import Credential
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import LicenseOfType

_SHORT = 10


def shown_to(actor: Actor, found: LicenseOfType) -> LicenseOfType:
    """Returns the licence whole to the approval service, and masked to everybody else, its holder included."""
    return found if is_approval_service(actor) else masked(found)


def masked(found: LicenseOfType) -> LicenseOfType:
    """Returns the licence without personal data: a person who holds it, personal attributes, all disclosures."""
    licence = found.license
    if not has_personal_data(found):
        return found
    personal = found.type.personal_attributes
    attributes = {
        name: masked_value(value) if name in personal else value for name, value in licence.attributes.items()
    }
    shown = replace(
        licence,
        holder=masked_holder(licence.holder),
        attributes=attributes,
        credential=Credential(licence.credential.jwt, ()),
    )
    return replace(found, license=shown, is_masked=True)


def has_personal_data(found: LicenseOfType) -> bool:
    licence = found.license
    return licence.holder.is_person or not found.type.personal_attributes.isdisjoint(licence.attributes)


def masked_holder(holder: Holder) -> Holder:
    """Returns the holder with name and code masked where it is a person."""
    if not holder.is_person:
        return holder
    return Holder(mask_name(holder.name), mask_code(holder.code), holder.code_type)


def masked_value(value: Any) -> Any:
    """Returns what a reader sees of a personal attribute's value."""
    match value:
        case str():
            return mask_code(value) if len(value) >= _SHORT else mask_name(value)
        case list():
            return [masked_value(each) for each in value]
        case Mapping():
            return {name: masked_value(each) for name, each in value.items()}
        case _:
            return masked_value(json.dumps(value))
