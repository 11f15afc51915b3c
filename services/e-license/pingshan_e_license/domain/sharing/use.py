"""Uses of a holder's data: numbered for each holder, and committed to by a signed receipt."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

RECEIPT_TYPE = "use-receipt+jwt"
"""`typ` of the receipts (RFC 8725 section 3.11): a licence or a token is never taken for one."""


class UseBasis(StrEnum):
    """Says on what ground somebody used the data."""

    DUTY = "duty"
    CONSENT = "consent"
    MANDATE = "mandate"
    """Somebody who acts for the holder asked."""
    VERIFICATION = "verification"
    """Somebody had the licence and verified it by its identifier."""


@dataclass(frozen=True)
class DataUse:
    """One answer about a holder, as the holder sees it."""

    use_id: UUID
    number: int
    """From 1, without gaps, for each holder."""
    holder_code: str = field(repr=False)
    requester: str
    """Code of the organisation; empty for somebody who acts for the holder."""
    basis: UseBasis
    item: str
    """Code of the sharing item; empty for a verification."""
    types: tuple[str, ...]
    purpose: str = field(repr=False)
    fields: tuple[str, ...]
    predicates: Mapping[str, bool] = field(repr=False)
    """What was answered to each predicate."""
    result: str
    """`found` or `not_found` for an answer, the result of a verification else."""
    consent_id: UUID | None
    used_at: datetime

    def statement(self) -> dict[str, Any]:
        """Returns all that the holder sees of the use, as JSON values; the receipt commits to it."""
        return {
            "use_id": str(self.use_id),
            "number": self.number,
            "holder_code": self.holder_code,
            "requester": self.requester,
            "basis": self.basis.value,
            "item": self.item,
            "types": list(self.types),
            "purpose": self.purpose,
            "fields": list(self.fields),
            "predicates": dict(self.predicates),
            "result": self.result,
            "consent_id": None if self.consent_id is None else str(self.consent_id),
            "used_at": self.used_at.isoformat(),
        }

    @classmethod
    def from_statement(cls, stated: Mapping[str, Any]) -> "DataUse":
        consent_id = stated["consent_id"]
        return cls(
            use_id=UUID(stated["use_id"]),
            number=stated["number"],
            holder_code=stated["holder_code"],
            requester=stated["requester"],
            basis=UseBasis(stated["basis"]),
            item=stated["item"],
            types=tuple(stated["types"]),
            purpose=stated["purpose"],
            fields=tuple(stated["fields"]),
            predicates=stated["predicates"],
            result=stated["result"],
            consent_id=None if consent_id is None else UUID(consent_id),
            used_at=datetime.fromisoformat(stated["used_at"]),
        )


@dataclass(frozen=True)
class ReceiptedUse:
    """Holds a use beside its signed receipt and what opens its commitment."""

    use: DataUse
    salt: str = field(repr=False)
    receipt: str
    """JWS in compact form."""


def commitment(statement: Mapping[str, Any], salt: str) -> str:
    """Returns SHA-256 over salt and statement as base64url: without the salt nobody can try statements out.

    The statement is written with sorted names and no spaces (its numbers are integers: as RFC 8785 writes it).
    """
    canonical = json.dumps(statement, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(salt.encode("ascii") + b"." + canonical.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def receipt_claims(use: DataUse, salt: str, issuer: str) -> dict[str, Any]:
    """Returns the claims of the receipt: which use, its number for the holder, and the commitment to all else."""
    return {
        "iss": issuer,
        "iat": int(use.used_at.timestamp()),
        "jti": str(use.use_id),
        "number": use.number,
        "commitment": commitment(use.statement(), salt),
    }
