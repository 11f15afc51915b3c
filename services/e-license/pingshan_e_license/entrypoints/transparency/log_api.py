"""REST routes of the transparency log; proofs need no token."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from pingshan_e_license.entrypoints.rest import Caller
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.get_checkpoint import get_checkpoint
from pingshan_e_license.usecases.transparency.get_consistency_proof import get_consistency_proof
from pingshan_e_license.usecases.transparency.get_inclusion_proof import get_inclusion_proof
from pingshan_e_license.usecases.transparency.list_leaf_hashes import list_leaf_hashes
from pingshan_e_license.usecases.transparency.list_log_entries import list_log_entries

_LARGEST = 2**63 - 1

Size = Annotated[int, Query(ge=0, le=_LARGEST)]


class CheckpointDocument(BaseModel):
    checkpoint: str
    size: int
    root: str
    signed_at: datetime
    verifier_key: str


class ConsistencyDocument(BaseModel):
    old_size: int
    new_size: int
    proof: list[str]


class LeafHashesDocument(BaseModel):
    begin: int
    hashes: list[str]
    size: int


class LogEntryDocument(BaseModel):
    entry_id: str
    kind: str
    recorded_at: datetime
    proof_document: dict[str, Any] | None


class LogEntriesDocument(BaseModel):
    entries: list[LogEntryDocument]


def add_log(api: APIRouter, deps: Dependencies) -> None:
    @api.get("/log/checkpoint", operation_id="GetCheckpoint")
    async def checkpoint() -> CheckpointDocument:
        head = await get_checkpoint(deps)
        kept = head.checkpoint
        return CheckpointDocument(
            checkpoint=kept.note,
            size=kept.size,
            root=_text(kept.root),
            signed_at=kept.signed_at,
            verifier_key=head.verifier_key,
        )

    @api.get("/log/entries/{entry_id}/inclusion", operation_id="GetInclusionProof")
    async def inclusion(entry_id: UUID) -> dict[str, Any]:
        return (await get_inclusion_proof(deps, entry_id=entry_id)).document()

    @api.get("/log/consistency", operation_id="GetConsistencyProof")
    async def consistency(from_: Annotated[int, Query(alias="from", le=_LARGEST)], to: Size = 0) -> ConsistencyDocument:
        found = await get_consistency_proof(deps, old_size=from_, new_size=to)
        return ConsistencyDocument(
            old_size=found.old_size, new_size=found.new_size, proof=[_text(each) for each in found.proof]
        )

    @api.get("/log/leaf-hashes", operation_id="ListLeafHashes")
    async def leaf_hashes(begin: Size = 0) -> LeafHashesDocument:
        found = await list_leaf_hashes(deps, begin=begin)
        return LeafHashesDocument(begin=found.begin, hashes=[_text(each) for each in found.hashes], size=found.size)

    @api.get("/licenses/{license_id}/log-entries", operation_id="ListLogEntries")
    async def of_license(license_id: UUID, actor: Caller) -> LogEntriesDocument:
        found = await list_log_entries(deps, actor, license_id=license_id)
        return LogEntriesDocument(
            entries=[
                LogEntryDocument(
                    entry_id=str(entry.entry_id),
                    kind=entry.kind.value,
                    recorded_at=entry.recorded_at,
                    proof_document=proof.document() if proof else None,
                )
                for entry, proof in found
            ]
        )


def _text(octets: bytes) -> str:
    return b64encode(octets).decode()
