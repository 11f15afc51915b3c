"""Keys of agencies: made, replaced, revoked by date, known to every process; what was signed before stays authentic."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from joserfc.jwk import ECKey
from pingshan_e_license.clients.signer import Signer
from pingshan_e_license.domain.credential import MEDIA_TYPE
from pingshan_e_license.domain.errors import IssuerKeyNotFound, IssuerKeyRevoked, NotAllowed, RequestInvalid
from pingshan_e_license.domain.issuing.issuer_key import RevocationReason, signing_key_of
from pingshan_e_license.domain.license import License
from pingshan_e_license.domain.verification.conclusion import Result, Verification
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.issuing import issuer_keys
from pingshan_e_license.store.issuing.known_keys import KnownKeys
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.issuing.list_issuer_keys import list_historical_keys, list_issuer_keys
from pingshan_e_license.usecases.issuing.replace_issuer_key import ReplaceIssuerKey, replace_issuer_key
from pingshan_e_license.usecases.issuing.revoke_issuer_key import RevokeIssuerKey, revoke_issuer_key
from pingshan_e_license.usecases.issuing.rotate_issuer_keys import rotate_issuer_keys
from pingshan_e_license.usecases.signing_keys import signing_key
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from pingshan_kit.trust import jose
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy.engine import make_url

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.platform import TestPlatform

AMR = issuer_of("amr")
OPERATOR = Actor(
    kind=ActorKind.PERSON,
    person_id="operator",
    realm="staff",
    organisation="data",
    roles=frozenset({"operator"}),
    acr=2,
)


@pytest.fixture(scope="module")
async def admin(platform: TestPlatform, given: Dependencies) -> AsyncIterator[asyncpg.Connection]:
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    yield connection
    await connection.close()


async def issued(given: Dependencies) -> License:
    return (await issue_license(given, AMR, issue_permit(f"K{uuid4().hex[:10].upper()}"))).license


async def verified(given: Dependencies, licence: License) -> Verification:
    return await verify_license(given, AMR, VerifyLicense(licence.identifier, "现场检查"))


def failed(answer: Verification) -> list[str]:
    return [each.code for each in answer.checks if not each.passed]


def kid_of(licence: License) -> str:
    kid = Signer().kid(licence.credential)
    assert kid is not None
    return kid


def another_replica(given: Dependencies) -> Dependencies:
    """The same database with a memory of its own."""
    return replace(given, keys=KnownKeys(given.database, given.personal), signer=Signer())


async def test_each_agency_has_its_own_key(given: Dependencies) -> None:
    await rotate_issuer_keys(given)
    await rotate_issuer_keys(given)
    async with given.database.read() as tx:
        keys = await issuer_keys.every(tx, given.personal)
        agencies = await license_types.agencies(tx)
    assert len(agencies) == 17
    assert sorted(each.agency for each in keys if each.agency) == agencies, "a second run makes none"
    licence = await issued(given)
    assert kid_of(licence) in {each.kid for each in keys if each.agency == "amr"}


async def test_the_older_key_becomes_history_and_its_licences_stay_authentic(
    given: Dependencies, admin: asyncpg.Connection
) -> None:
    """As after an upgrade: all agencies signed with one key, which stood in a file."""
    older = ECKey.generate_key("P-256")
    public = {name: older.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
    upgraded = replace(another_replica(given), older_key=(older.thumbprint(), public))
    licence = await issued(given)
    signed = await signed_by(given, licence, older)
    await admin.execute("UPDATE license SET credential = $2 WHERE license_id = $1", licence.license_id, signed)
    assert failed(await verified(upgraded, licence)) == ["signature"]
    await rotate_issuer_keys(upgraded)
    await rotate_issuer_keys(upgraded)
    await asyncio.sleep(0.2)
    assert (await verified(another_replica(given), licence)).result is Result.VALID
    history = (await list_historical_keys(another_replica(given)))["keys"]
    [imported] = [each for each in history if each["kid"] == older.thumbprint()]
    assert imported["agency"] is None
    async with given.database.begin() as tx:
        assert (await signing_key(tx, upgraded, "amr")).key.agency == "amr", "it signs nothing any more"


async def signed_by(given: Dependencies, licence: License, key: ECKey) -> str:
    """The same content, signed with another key."""
    own = await given.keys.of(kid_of(licence))
    assert own is not None
    content = given.signer.content(licence.credential, own)
    assert content is not None
    return jose.sign(content.claims, ECKey.import_key(key.as_dict(private=True), {"kid": key.thumbprint()}), MEDIA_TYPE)


async def test_a_replaced_key_goes_on_being_verified(given: Dependencies) -> None:
    before = await issued(given)
    await replace_issuer_key(given, OPERATOR, ReplaceIssuerKey(kid_of(before)))
    after = await issued(given)
    assert kid_of(after) != kid_of(before)
    other = another_replica(given)
    for licence in (before, after):
        assert (await verified(given, licence)).result is Result.VALID
        assert (await verified(other, licence)).result is Result.VALID
        assert kid_of(licence) in {each["kid"] for each in (await list_issuer_keys(other))["keys"]}


async def test_a_key_that_another_replica_made_is_known_at_once(given: Dependencies) -> None:
    other = another_replica(given)
    await other.keys.every()
    await replace_issuer_key(given, OPERATOR, ReplaceIssuerKey(kid_of(await issued(given))))
    await asyncio.sleep(0.1)
    assert (await verified(other, await issued(given))).result is Result.VALID


async def test_revocation_by_date(given: Dependencies, admin: asyncpg.Connection) -> None:
    """Signed before: authentic. Signed after, as the exchange recorded it and whatever the credential claims: not."""
    before = await issued(given)
    await asyncio.sleep(1)
    since = datetime.now(UTC)
    await asyncio.sleep(1)
    after = await issued(given)
    assert kid_of(before) == kid_of(after)
    other = another_replica(given)
    assert (await verified(other, after)).result is Result.VALID
    await revoke_issuer_key(given, OPERATOR, RevokeIssuerKey(kid_of(before), RevocationReason.COMPROMISED, since))
    await asyncio.sleep(1.1)
    for replica in (given, other):
        answer = await verified(replica, after)
        assert (answer.result, failed(answer)) == (Result.UNKNOWN, ["issuer_key"])
        assert (await verified(replica, before)).result is Result.VALID
    await admin.execute(
        "UPDATE license SET issued_at = issued_at - interval '1 hour' WHERE license_id = $1", after.license_id
    )
    assert "issuer_key" in failed(await verified(other, after)), "when it was recorded counts, not what it claims"
    assert kid_of(await issued(given)) != kid_of(before), "the agency has another key at once"
    assert kid_of(before) not in {each["kid"] for each in (await list_issuer_keys(given))["keys"]}
    [revoked] = [each for each in (await list_historical_keys(given))["keys"] if each["kid"] == kid_of(before)]
    assert revoked["revoked"] == {"revoked_at": int(since.timestamp()), "reason": "compromised"}


async def test_nothing_is_signed_while_its_key_is_revoked(given: Dependencies) -> None:
    """A licence whose transaction is open holds the revocation up, so that it was recorded before."""
    kid = kid_of(await issued(given))
    async with given.database.begin() as tx:
        assert (await signing_key(tx, given, "amr")).key.kid == kid
        revocation = asyncio.create_task(
            revoke_issuer_key(given, OPERATOR, RevokeIssuerKey(kid, RevocationReason.UNSPECIFIED))
        )
        await asyncio.sleep(0.3)
        assert not revocation.done()
    await revocation


async def test_another_agency_s_key_does_not_count(given: Dependencies, admin: asyncpg.Connection) -> None:
    licence = await issued(given)
    async with given.database.begin() as tx:
        foreign = await signing_key(tx, given, "health")
    key = ECKey.import_key(json.loads(foreign.private_jwk))
    signed = await signed_by(given, licence, key)
    await admin.execute("UPDATE license SET credential = $2 WHERE license_id = $1", licence.license_id, signed)
    assert failed(await verified(given, licence)) == ["issuer_key"]


async def test_a_key_that_was_put_into_the_table_is_none(given: Dependencies, admin: asyncpg.Connection) -> None:
    """Whoever writes rows past the service has neither the data key nor the index key."""
    licence = await issued(given)
    forged = ECKey.generate_key("P-256")
    public = {name: forged.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
    await admin.execute(
        "INSERT INTO issuer_key (kid, agency, algorithm, public_jwk, private_encrypted, not_before, not_after, seal)"
        " SELECT $1, agency, algorithm, $2, private_encrypted, not_before, not_after, seal FROM issuer_key"
        " WHERE kid = $3",
        forged.thumbprint(),
        json.dumps(public),
        kid_of(licence),
    )
    signed = await signed_by(given, licence, forged)
    await admin.execute("UPDATE license SET credential = $2 WHERE license_id = $1", licence.license_id, signed)
    assert failed(await verified(another_replica(given), licence)) == ["signature"]
    await admin.execute("DELETE FROM issuer_key WHERE kid = $1", forged.thumbprint())


async def test_who_may_not_and_what_is_refused(given: Dependencies) -> None:
    kid = kid_of(await issued(given))
    unspecified = RevocationReason.UNSPECIFIED
    with pytest.raises(NotAllowed):
        await revoke_issuer_key(given, AMR, RevokeIssuerKey(kid, unspecified))
    with pytest.raises(NotAllowed):
        await replace_issuer_key(given, AMR, ReplaceIssuerKey(kid))
    with pytest.raises(IssuerKeyNotFound):
        await revoke_issuer_key(given, OPERATOR, RevokeIssuerKey("none", unspecified))
    to_come = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(RequestInvalid):
        await revoke_issuer_key(given, OPERATOR, RevokeIssuerKey(kid, unspecified, to_come))
    await revoke_issuer_key(given, OPERATOR, RevokeIssuerKey(kid, unspecified))
    with pytest.raises(IssuerKeyRevoked):
        await revoke_issuer_key(given, OPERATOR, RevokeIssuerKey(kid, unspecified))
    with pytest.raises(IssuerKeyRevoked):
        await replace_issuer_key(given, OPERATOR, ReplaceIssuerKey(kid))


async def test_sql_says_which_key_signs_as_the_domain_does(given: Dependencies) -> None:
    """Among those that signed before, sign now, and are revoked."""
    await issued(given)
    async with given.database.begin() as tx:
        known, now = await issuer_keys.every(tx, given.personal), datetime.now(UTC)
        for agency in {each.agency for each in known if each.agency}:
            found = await issuer_keys.signing(tx, given.personal, agency, now)
            assert (found[0] if found else None) == signing_key_of(known, agency, now)
    assert len(known) > 1
