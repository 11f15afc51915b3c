"""The holder sees every use, numbered without gaps, each with a receipt that a stranger verifies."""

import asyncio
import json
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from pingshan_e_license.domain.errors import DataUseNotFound, LogEntryPending
from pingshan_e_license.domain.sharing.use import UseBasis, commitment
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.sharing.get_my_use import get_my_use
from pingshan_e_license.usecases.sharing.get_use_proof import get_use_proof
from pingshan_e_license.usecases.sharing.list_my_uses import list_my_uses
from pingshan_e_license.usecases.sharing.list_receipt_keys import list_receipt_keys
from pingshan_e_license.usecases.sharing.number_verifications import number_verifications
from pingshan_e_license.usecases.sharing.request_data import request_data
from pingshan_e_license.usecases.transparency.get_checkpoint import get_checkpoint
from pingshan_e_license.usecases.transparency.sequence_entries import sequence_entries
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from pingshan_kit.audit_log import Sealer
from pingshan_values.log_proof import InclusionProof, base64url
from pingshan_values.signed_note import VerifierKey

from tests.support.e_license.log import verify_ed25519
from tests.support.e_license.orders import COMPANY_CODE, holder_person, issue_permit, issuer_of, verifier
from tests.support.e_license.sharing import (
    EDUCATION,
    WATER,
    a_person,
    about_company,
    about_lease,
    granted_consent,
    issue_lease,
)


async def seal_everything(given: Dependencies) -> None:
    sealer: Sealer[Any] = Sealer(given.database)
    while await sealer.seal():
        pass


async def test_a_use_with_its_receipt(given: Dependencies) -> None:
    person = a_person()
    await issue_lease(given, person)
    granted = await granted_consent(given, person)
    answer = await request_data(given, EDUCATION, about_lease(person, granted.consent_id))
    mine = await list_my_uses(given, holder_person(person))
    [known] = mine.page.items
    assert mine.numbers == {person: 1}
    use = known.use
    assert (use.use_id, use.number, use.requester, use.basis) == (answer.use_id, 1, "education", UseBasis.CONSENT)
    assert (use.fields, use.predicates, use.result) == (("lease_to",), {"is_dwelling": True}, "found")
    [key] = (await list_receipt_keys(given))["keys"]
    signed = jws.deserialize_compact(known.receipt, ECKey.import_key(key), algorithms=["ES256"])
    assert signed.headers() == {"alg": "ES256", "typ": "use-receipt+jwt", "kid": key["kid"]}
    claims = json.loads(signed.payload)
    assert claims["commitment"] == commitment(use.statement(), known.salt)
    assert (claims["jti"], claims["number"], claims["iss"]) == (str(use.use_id), 1, given.issuer)
    assert person not in signed.payload.decode()


async def test_nobody_else_sees_a_use(given: Dependencies) -> None:
    person = a_person()
    await request_data(given, WATER, about_company(holder_code=person, holder_code_type="111"))
    [known] = (await list_my_uses(given, holder_person(person))).page.items
    assert await get_my_use(given, holder_person(person), use_id=known.use.use_id) == known
    for other in (holder_person(a_person()), WATER):
        with pytest.raises(DataUseNotFound):
            await get_my_use(given, other, use_id=known.use.use_id)
    with pytest.raises(DataUseNotFound):
        await get_my_use(given, holder_person(person), use_id=uuid4())


async def test_numbers_have_no_gaps_for_many_at_once(given: Dependencies) -> None:
    """Also where some are refused in between: a number that was taken back is given to the next one."""
    person = a_person()
    granted = await granted_consent(given, person, uses=4)
    mine = [about_lease(person, granted.consent_id) for _ in range(2)]
    by_duty = [about_company(holder_code=person, holder_code_type="111") for _ in range(6)]
    asked = [request_data(given, EDUCATION, each) for each in mine]
    asked += [request_data(given, WATER, each) for each in by_duty]
    results = await asyncio.gather(*asked, return_exceptions=True)
    refused = sum(isinstance(each, Exception) for each in results)
    assert refused == 3
    seen = await list_my_uses(given, holder_person(person))
    assert sorted(each.use.number for each in seen.page.items) == [1, 2, 3, 4, 5]
    assert seen.numbers == {person: 5}


async def test_verifications_are_uses_too(given: Dependencies) -> None:
    issued = await issue_license(given, issuer_of("amr"), issue_permit(uuid4().hex[:12].upper()))
    await seal_everything(given)
    await number_verifications(given)
    before = (await list_my_uses(given, holder_person(COMPANY_CODE))).numbers[COMPANY_CODE]
    purpose = f"现场检查 {uuid4().hex[:6]}"
    health = verifier("health")
    asked = [verify_license(given, health, VerifyLicense(issued.license.identifier, purpose)) for _ in range(7)]
    await asyncio.gather(*asked)
    await verify_license(given, health, VerifyLicense("nothing", purpose))
    await seal_everything(given)
    assert sum(await asyncio.gather(*(number_verifications(given) for _ in range(3)))) == 7
    mine = await list_my_uses(given, holder_person(COMPANY_CODE))
    uses = [each.use for each in mine.page.items if each.use.purpose == purpose]
    assert [each.number for each in uses] == [*range(before + 7, before, -1)]
    assert {(each.requester, each.basis, each.result) for each in uses} == {("health", UseBasis.VERIFICATION, "valid")}
    assert uses[0].types == ("food-business-permit",)
    assert "legal_representative" not in uses[0].fields
    assert mine.numbers == {COMPANY_CODE: before + 7}
    assert await number_verifications(given) == 0


async def test_what_breaks_last_takes_everything_back(given: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count, the consent's use, the number: none is given, so that the same request is answered afterwards."""
    person = a_person()
    granted = await granted_consent(given, person)
    asked = about_lease(person, granted.consent_id)

    def broken(_claims: Any) -> str:
        raise RuntimeError("no key")

    with monkeypatch.context() as patched:
        patched.setattr(given.receipt_signer, "sign", broken)
        with pytest.raises(RuntimeError):
            await request_data(given, EDUCATION, asked)
    assert (await list_my_uses(given, holder_person(person))).numbers == {person: 0}
    await request_data(given, EDUCATION, asked)
    [known] = (await list_my_uses(given, holder_person(person))).page.items
    assert known.use.number == 1


async def test_each_use_stands_in_the_log(given: Dependencies) -> None:
    """The log commits to the receipt, and its proof opens for the holder alone."""
    person = a_person()
    await request_data(given, WATER, about_company(holder_code=person, holder_code_type="111"))
    [known] = (await list_my_uses(given, holder_person(person))).page.items
    me, use_id = holder_person(person), known.use.use_id
    with pytest.raises(LogEntryPending):
        await get_use_proof(given, me, use_id=use_id)
    while await sequence_entries(given):
        pass
    proof = await get_use_proof(given, me, use_id=use_id)
    document = proof.document()
    assert document["leaf"]["kind"] == "license.used"
    assert proof.opening is not None
    assert proof.opening.content["receipt_sha256"] == base64url(sha256(known.receipt.encode()).digest())
    key = VerifierKey.parse((await get_checkpoint(given)).verifier_key)
    InclusionProof.of(json.loads(json.dumps(document))).check(key, verify_ed25519)
    assert person not in json.dumps(document)
    with pytest.raises(DataUseNotFound):
        await get_use_proof(given, WATER, use_id=use_id)
