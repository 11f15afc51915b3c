"""What somebody wants a licence to say, from a form, a call or a row of a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from pingshan_e_license.domain.catalogue.attributes import normalised
from pingshan_e_license.domain.holder import Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseContent:
    """Is what a licence is to say, and under which serial number."""

    type: str
    serial_number: str
    """1 to 32 characters of 0-9 and A-Z, unique within the type."""
    holder: Holder
    attributes: Mapping[str, Any] = field(repr=False)
    effective_on: date | None = None
    """None for today, which the rule `specified` does not allow."""
    expires_on: date | None = None
    """None for the end that follows from the type's rule."""
    case_id: str = ""

    def normalised(self) -> Self:
        return replace(self, holder=self.holder.stripped(), attributes=normalised(self.attributes))

    def canonical(self) -> str:
        """Returns a text that is equal for equal content in any request; its keyed hash is stored with the licence."""
        holder = [self.holder.name, self.holder.code, self.holder.code_type]
        content = [self.type, self.serial_number, holder, self.attributes, self.effective_on, self.expires_on]
        return json.dumps([*content, self.case_id], sort_keys=True, ensure_ascii=False, default=str)
