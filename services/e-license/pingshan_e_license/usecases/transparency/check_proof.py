"""Checks a proof document that somebody holds, as `pingshan log verify` does for whoever does not ask us."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pingshan_values import strict_json
from pingshan_values.errors import Violation
from pingshan_values.log_proof import InclusionProof
from pingshan_values.merkle import ProofInvalid
from pingshan_values.signed_note import Checkpoint, NoteInvalid, opened

from pingshan_e_license.clients.log_signer import is_signed_by
from pingshan_e_license.domain.errors import RequestInvalid
from pingshan_e_license.usecases.dependencies import Dependencies

LONGEST: Final = 20_000
"""Characters of a proof document."""
_NO_DOCUMENT: Final = Violation(
    "document",
    "这不是证明文件：应为下载的证明文件的全部内容。",
    "This is no proof document: paste the whole content of the file that was downloaded.",
)


class Finding(StrEnum):
    PROVEN = "proven"
    FOREIGN = "foreign"
    """The checkpoint is not one that this log signed."""
    CHANGED = "changed"
    """The log signed the checkpoint, and entry or content do not fit it."""


@dataclass(frozen=True)
class CheckedProof:
    finding: Finding
    proof: InclusionProof
    checkpoint: Checkpoint | None
    """None where the log did not sign it."""


async def check_proof(deps: Dependencies, *, document: str) -> CheckedProof:
    """Returns what the document proves. Raises RequestInvalid for a text that is no proof document."""
    try:
        if len(document) > LONGEST:
            raise RequestInvalid([_NO_DOCUMENT])
        proof = InclusionProof.of(strict_json.loads(document))
    except (ProofInvalid, ValueError) as error:
        raise RequestInvalid([_NO_DOCUMENT]) from error
    try:
        checkpoint = opened(proof.checkpoint, deps.log_signer.key, is_signed_by)
    except NoteInvalid:
        return CheckedProof(Finding.FOREIGN, proof, None)
    try:
        proof.check(deps.log_signer.key, is_signed_by)
    except ProofInvalid:
        return CheckedProof(Finding.CHANGED, proof, checkpoint)
    return CheckedProof(Finding.PROVEN, proof, checkpoint)
