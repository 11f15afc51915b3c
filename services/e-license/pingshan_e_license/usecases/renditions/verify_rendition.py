"""Verifies an uploaded PDF or OFD: whether it is ours, which licence it names, and whose seals it has."""

import hashlib
from dataclasses import dataclass, field

from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_verify
from pingshan_e_license.domain.renditions.uploads import (
    RenditionVerification,
    check_size,
    conclude_rendition,
    named_identifier,
)
from pingshan_e_license.domain.verification.conclusion import check_purpose
from pingshan_e_license.store.renditions import renditions
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license


@dataclass(frozen=True, slots=True)
class VerifyRendition:
    content: bytes = field(repr=False)
    purpose: str
    """Why it is verified, in 1 to 200 characters; the audit log keeps it."""


async def verify_rendition(deps: Dependencies, actor: Actor, command: VerifyRendition) -> RenditionVerification:
    """Returns what the file is, and for the licence that it names the same answer as by its identifier.

    The file itself is not kept. Raises NotAllowed; RequestInvalid without a purpose of 1 to 200 characters;
    FileTooLarge, and FileUnreadable for what is no PDF or OFD, is encrypted or damaged, or breaks a limit; Unavailable
    where too many files wait.
    """
    check_may_verify(actor)
    check_purpose(command.purpose)
    check_size(command.content)
    file_hash = hashlib.sha256(command.content).digest()
    async with deps.database.read() as tx:
        known = await renditions.identifier_of(tx, file_hash)
    read = await deps.files.read(command.content)
    identifier = known or named_identifier(read.texts)
    verification = None
    if identifier is not None:
        verification = await verify_license(deps, actor, VerifyLicense(identifier, command.purpose))
    answer = conclude_rendition(
        read, is_known=known is not None, verification=verification, known_makers=deps.renderer.known_makers
    )
    details = {"origin": answer.origin.value, "format": read.kind.value, "seals": len(read.seals)}
    await deps.recorder.record(
        actor=actor,
        act="rendition.verified",
        subject=file_hash.hex(),
        details={**details, "purpose": command.purpose.strip()},
    )
    return answer
