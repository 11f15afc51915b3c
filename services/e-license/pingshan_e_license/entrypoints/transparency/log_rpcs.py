"""Servicer of LogService."""

import json
from typing import Any

import grpc
from pingshan.e_license.v1 import log_pb2, log_pb2_grpc
from pingshan_kit import rpc
from pingshan_values.log_proof import InclusionProof

from pingshan_e_license.domain.transparency.log_entry import LogEntry
from pingshan_e_license.entrypoints.inputs import uuid_of
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.get_checkpoint import get_checkpoint
from pingshan_e_license.usecases.transparency.get_consistency_proof import get_consistency_proof
from pingshan_e_license.usecases.transparency.get_inclusion_proof import get_inclusion_proof
from pingshan_e_license.usecases.transparency.list_leaf_hashes import list_leaf_hashes
from pingshan_e_license.usecases.transparency.list_log_entries import list_log_entries

_Context = grpc.aio.ServicerContext[Any, Any]


class Log(log_pb2_grpc.LogServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def GetCheckpoint(  # noqa: N802
        self, _request: log_pb2.GetCheckpointRequest, _context: _Context
    ) -> log_pb2.GetCheckpointResponse:
        head = await get_checkpoint(self._deps)
        kept = head.checkpoint
        message = log_pb2.GetCheckpointResponse(
            checkpoint=kept.note, size=kept.size, root=kept.root, verifier_key=head.verifier_key
        )
        message.signed_at.FromDatetime(kept.signed_at)
        return message

    async def GetInclusionProof(  # noqa: N802
        self, request: log_pb2.GetInclusionProofRequest, _context: _Context
    ) -> log_pb2.GetInclusionProofResponse:
        proof = await get_inclusion_proof(self._deps, entry_id=uuid_of(request.entry_id, "entry_id"))
        return log_pb2.GetInclusionProofResponse(proof_document=_json(proof))

    async def GetConsistencyProof(  # noqa: N802
        self, request: log_pb2.GetConsistencyProofRequest, _context: _Context
    ) -> log_pb2.GetConsistencyProofResponse:
        found = await get_consistency_proof(self._deps, old_size=request.old_size, new_size=request.new_size)
        return log_pb2.GetConsistencyProofResponse(old_size=found.old_size, new_size=found.new_size, proof=found.proof)

    async def ListLeafHashes(  # noqa: N802
        self, request: log_pb2.ListLeafHashesRequest, _context: _Context
    ) -> log_pb2.ListLeafHashesResponse:
        found = await list_leaf_hashes(self._deps, begin=request.begin)
        return log_pb2.ListLeafHashesResponse(begin=found.begin, hashes=found.hashes, size=found.size)

    async def ListLogEntries(  # noqa: N802
        self, request: log_pb2.ListLogEntriesRequest, _context: _Context
    ) -> log_pb2.ListLogEntriesResponse:
        license_id = uuid_of(request.license_id, "license_id")
        found = await list_log_entries(self._deps, rpc.actor(), license_id=license_id)
        return log_pb2.ListLogEntriesResponse(entries=[_entry_message(*each) for each in found])


def _entry_message(entry: LogEntry, proof: InclusionProof | None) -> log_pb2.LogEntry:
    message = log_pb2.LogEntry(
        entry_id=str(entry.entry_id), kind=entry.kind.value, proof_document=_json(proof) if proof else ""
    )
    message.recorded_at.FromDatetime(entry.recorded_at)
    return message


def _json(proof: InclusionProof) -> str:
    return json.dumps(proof.document(), ensure_ascii=False)
