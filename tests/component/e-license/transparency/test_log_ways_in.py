"""The log by REST, gRPC and as text: proofs for anybody, what an entry says for those who may read the licence."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import httpx
import pytest
from pingshan.e_license.v1 import log_pb2
from pingshan.e_license.v1.log_pb2_grpc import LogServiceStub
from pingshan_e_license.domain.transparency.log_entry import EntryKind
from pingshan_e_license.store.transparency import log_entries
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.transparency.sequence_entries import sequence_entries
from pingshan_values.log_proof import InclusionProof
from pingshan_values.merkle import CompactRange, ProofInvalid
from pingshan_values.signed_note import VerifierKey, opened

from tests.support.e_license.log import verify_ed25519
from tests.support.e_license.orders import COMPANY_CODE, issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

AMR = issuer_of("amr")


@pytest.fixture(scope="module")
async def license_id(running: RunningService) -> str:
    issued = await issue_license(running.given, AMR, issue_permit("LW1"))
    while await sequence_entries(running.given):
        pass
    return str(issued.license.license_id)


@pytest.fixture
async def anyone(running: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http() as client:
        yield client


@pytest.fixture(scope="module")
def amr(identity_tokens: TokenIssuer) -> dict[str, str]:
    return identity_tokens.bearer("e-license", "issuer", org="amr")


async def test_the_log_is_walked_and_its_root_is_the_signed_one(anyone: httpx.AsyncClient, license_id: str) -> None:
    head = (await anyone.get("/v1/log/checkpoint")).json()
    key = VerifierKey.parse(head["verifier_key"])
    checkpoint = opened(head["checkpoint"], key, verify_ed25519)
    assert (await anyone.get("/log/checkpoint")).text == head["checkpoint"]
    every = CompactRange()
    while every.size < checkpoint.size:
        page = (await anyone.get("/v1/log/leaf-hashes", params={"begin": every.size})).json()
        for each in page["hashes"]:
            every.append(b64decode(each))
    assert (every.size, every.root()) == (checkpoint.size, checkpoint.root)
    assert b64decode(head["root"]) == checkpoint.root


async def test_who_may_read_the_licence_sees_what_its_entries_say(
    anyone: httpx.AsyncClient, amr: dict[str, str], license_id: str
) -> None:
    address = f"/v1/licenses/{license_id}/log-entries"
    [entry] = (await anyone.get(address, headers=amr)).json()["entries"]
    assert entry["kind"] == "license.issued"
    assert entry["proof_document"]["opening"]["content"]["license_id"] == license_id
    key = VerifierKey.parse((await anyone.get("/v1/log/checkpoint")).json()["verifier_key"])
    InclusionProof.of(entry["proof_document"]).check(key, verify_ed25519)
    entry["proof_document"]["opening"]["content"]["standing"] = "revoked"
    with pytest.raises(ProofInvalid, match="committed"):
        InclusionProof.of(entry["proof_document"]).check(key, verify_ed25519)


async def test_who_used_a_licence_is_not_shown_to_its_agency(
    running: RunningService, anyone: httpx.AsyncClient, amr: dict[str, str], license_id: str
) -> None:
    async with running.given.database.begin() as tx:
        await log_entries.append(
            tx, running.given.personal, kind=EntryKind.LICENSE_USED, subject=license_id, content={"purpose": "secret"}
        )
    answer = await anyone.get(f"/v1/licenses/{license_id}/log-entries", headers=amr)
    assert [each["kind"] for each in answer.json()["entries"]] == ["license.issued"]


async def test_nobody_else_sees_what_an_entry_says(
    anyone: httpx.AsyncClient, identity_tokens: TokenIssuer, amr: dict[str, str], license_id: str
) -> None:
    address = f"/v1/licenses/{license_id}/log-entries"
    assert (await anyone.get(address)).status_code == 401
    health = identity_tokens.bearer("e-license", "issuer", org="health")
    assert (await anyone.get(address, headers=health)).status_code == 403
    missing = await anyone.get(f"/v1/licenses/{uuid4()}/log-entries", headers=amr)
    assert missing.status_code == 404
    [entry] = (await anyone.get(address, headers=amr)).json()["entries"]
    proof = (await anyone.get(f"/v1/log/entries/{entry['entry_id']}/inclusion")).text
    assert json.loads(proof)["leaf"] == entry["proof_document"]["leaf"]
    for secret in ("opening", license_id, COMPANY_CODE, "amr"):
        assert secret not in proof


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/log/consistency?from=0", 422, "PLATFORM_INVALID_REQUEST"),
        ("/v1/log/consistency?from=-1", 422, "PLATFORM_INVALID_REQUEST"),
        ("/v1/log/consistency?from=999999999", 422, "PLATFORM_INVALID_REQUEST"),
        ("/v1/log/consistency?from=1&to=999999999", 422, "PLATFORM_INVALID_REQUEST"),
        ("/v1/log/consistency?from=99999999999999999999", 422, "PLATFORM_INVALID_REQUEST"),
        ("/v1/log/consistency", 422, "PLATFORM_INVALID_REQUEST"),
        ("/v1/log/leaf-hashes?begin=999999999", 422, "PLATFORM_INVALID_REQUEST"),
        ("/v1/log/leaf-hashes?begin=-1", 422, "PLATFORM_INVALID_REQUEST"),
        ("/v1/log/entries/01a22d43-0000-7000-8000-000000000000/inclusion", 404, "E_LICENSE_LOG_ENTRY_NOT_FOUND"),
        ("/v1/log/entries/nothing/inclusion", 422, "PLATFORM_INVALID_REQUEST"),
    ],
)
@pytest.mark.usefixtures("license_id")
async def test_refused(anyone: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    answer = await anyone.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_entry_waits_for_its_checkpoint(
    running: RunningService, anyone: httpx.AsyncClient, amr: dict[str, str]
) -> None:
    issued = await issue_license(running.given, AMR, issue_permit("LW2"))
    address = f"/v1/licenses/{issued.license.license_id}/log-entries"
    [entry] = (await anyone.get(address, headers=amr)).json()["entries"]
    assert entry["proof_document"] is None
    answer = await anyone.get(f"/v1/log/entries/{entry['entry_id']}/inclusion")
    assert (answer.status_code, answer.json()["code"]) == (409, "E_LICENSE_LOG_ENTRY_PENDING")


async def test_the_same_by_grpc(
    anybody: grpc.aio.Channel, anyone: httpx.AsyncClient, amr: dict[str, str], license_id: str
) -> None:
    stub, metadata = LogServiceStub(anybody), (("authorization", amr["Authorization"]),)
    head = await stub.GetCheckpoint(log_pb2.GetCheckpointRequest(), metadata=metadata)
    assert head.checkpoint == (await anyone.get("/v1/log/checkpoint")).json()["checkpoint"]
    listed = await stub.ListLogEntries(log_pb2.ListLogEntriesRequest(license_id=license_id), metadata=metadata)
    [entry] = listed.entries
    proof = await stub.GetInclusionProof(log_pb2.GetInclusionProofRequest(entry_id=entry.entry_id), metadata=metadata)
    key = VerifierKey.parse(head.verifier_key)
    assert InclusionProof.of(json.loads(proof.proof_document)).check(key, verify_ed25519).size == head.size
    leaves = await stub.ListLeafHashes(log_pb2.ListLeafHashesRequest(begin=0), metadata=metadata)
    assert len(leaves.hashes) == leaves.size == head.size
    same = await stub.GetConsistencyProof(log_pb2.GetConsistencyProofRequest(old_size=head.size), metadata=metadata)
    assert (same.new_size, list(same.proof)) == (head.size, [])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetConsistencyProof(log_pb2.GetConsistencyProofRequest(old_size=0), metadata=metadata)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
