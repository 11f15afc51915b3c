"""Status lists: a place for each licence, a list that is right at once on every replica, and is never rolled back."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from pingshan_e_license.domain.license import Act, License
from pingshan_e_license.domain.life_cycle.new_version import Wish
from pingshan_e_license.domain.transparency import status as places
from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.store.tables import license_, license_type
from pingshan_e_license.store.transparency import status_lists
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.life_cycle.decide_license import DecideLicense, decide_license
from pingshan_e_license.usecases.life_cycle.renew_license import RenewLicense, renew_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.transparency.get_status_list import get_status_list
from pingshan_kit.storage.database import Database
from pingshan_values.status_list import MEDIA_TYPE, StatusToken
from sqlalchemy import select

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.platform import TestPlatform

AMR = issuer_of("amr")
PERMIT = "food-business-permit"


@pytest.fixture
async def http(running: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http() as client:
        yield client


def claim_of(license_: License) -> dict[str, Any]:
    body = license_.credential.jwt.split(".")[1]
    claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    status: dict[str, Any] = claims["status"]["status_list"]
    return status


async def issued(given: Dependencies, serial_number: str) -> License:
    return (await issue_license(given, AMR, issue_permit(serial_number))).license


async def revoke(given: Dependencies, license_id: UUID) -> None:
    await revoke_license(given, AMR, RevokeLicense(uuid4(), license_id, "提供虚假材料", "行政许可法 第六十九条"))


async def fetched(http: httpx.AsyncClient, uri: str, *, last: int | None = None) -> StatusToken:
    """As a verifier does: header, signature, claims."""
    response = await http.get(uri)
    assert (response.status_code, response.headers["content-type"]) == (200, f"application/{MEDIA_TYPE}")
    keys = KeySet.import_key_set((await http.get("/jwks")).json())
    signed = jws.deserialize_compact(response.text, keys, algorithms=["ES256"])
    assert signed.headers()["typ"] == MEDIA_TYPE
    claims = json.loads(signed.payload or b"")
    return StatusToken.of(claims, uri=uri, now=claims["iat"], last_issued_at=last)


async def test_a_credential_names_its_place(running: RunningService, http: httpx.AsyncClient) -> None:
    claim = claim_of(await issued(running.given, "SL1"))
    assert claim.keys() == {"idx", "uri"}
    token = await fetched(http, claim["uri"])
    assert token.list.at(claim["idx"]) == 0
    assert token.ttl == 60
    assert token.expires_at == token.issued_at + 6 * 3600
    assert claim["uri"] in (await http.get("/status-lists")).json()["status_lists"]


async def test_a_revocation_is_in_the_list_at_once_and_no_list_looks_older(
    running: RunningService, http: httpx.AsyncClient
) -> None:
    revoked, other = await issued(running.given, "SL2"), await issued(running.given, "SL3")
    before = await fetched(http, claim_of(revoked)["uri"])
    await revoke(running.given, revoked.license_id)
    after = await fetched(http, claim_of(revoked)["uri"], last=before.issued_at)
    assert after.list.at(claim_of(revoked)["idx"]) == 1
    assert after.list.at(claim_of(other)["idx"]) == 0


async def test_every_replica_shows_a_change_at_once(
    running: RunningService, given: Dependencies, platform: TestPlatform
) -> None:
    license_ = await issued(given, "SL4")
    settings = platform.service("e-license").settings(Settings)
    database = Database.from_settings(settings)
    replica, close = dependencies(settings, database)
    number = int(claim_of(license_)["uri"].rpartition("/")[2])
    before, _ = await get_status_list(replica, type_code=PERMIT, number=number)
    await revoke(given, license_.license_id)
    after, _ = await get_status_list(replica, type_code=PERMIT, number=number)
    assert after.version == before.version + 1
    assert after.issued_at >= before.issued_at
    await close()
    await database.close()


async def test_who_has_the_list_is_told_so(running: RunningService, http: httpx.AsyncClient) -> None:
    license_ = await issued(running.given, "SL5")
    uri = claim_of(license_)["uri"]
    tag = (await http.get(uri)).headers["etag"]
    again = await http.get(uri, headers={"If-None-Match": tag})
    assert again.status_code in (200, 304)  # 200 where a minute began in between
    if again.status_code == 304:
        assert again.content == b""
    await revoke(running.given, license_.license_id)
    assert (await http.get(uri, headers={"If-None-Match": tag})).status_code == 200


@pytest.mark.parametrize(
    "path", [f"{PERMIT}/999", f"{PERMIT}/0", f"{PERMIT}/99999999999999999999", "nothing/1", "%00/1"]
)
async def test_a_list_that_there_is_not(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(f"/status-lists/{path}")).status_code in (400, 404, 422)


async def test_licences_at_once_get_different_places(given: Dependencies) -> None:
    every = await asyncio.gather(*(issued(given, f"SLA{number}") for number in range(12)))
    claims = [claim_of(each) for each in every]
    assert len({(each["uri"], each["idx"]) for each in claims}) == 12
    assert [each["idx"] for each in claims] != sorted(each["idx"] for each in claims)


async def test_the_same_order_at_once_leaves_no_place_behind(given: Dependencies, platform: TestPlatform) -> None:
    await asyncio.gather(*(issued(given, "SLB") for _ in range(6)))
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    orphans = "SELECT count(*) FROM license_status WHERE license_id NOT IN (SELECT license_id FROM license)"
    missing = (
        "SELECT count(*) FROM license WHERE serial_number = 'SLB' "
        "AND license_id NOT IN (SELECT license_id FROM license_status)"
    )
    assert (await connection.fetchval(orphans), await connection.fetchval(missing)) == (0, 0)
    await connection.close()


async def test_a_full_list_is_followed_by_another(given: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_lists, "LIST_SIZE", 3)
    code = await _a_type_without_licences(given)
    async with given.database.begin() as tx:
        taken = [(await status_lists.take_places(tx, code, [new]))[new] for new in (uuid4() for _ in range(7))]
        assert [each.list_number for each in taken] == [1, 1, 1, 2, 2, 2, 3]
        assert {each.index for each in taken[:3]} == {0, 1, 2}
        await tx.rollback()


async def test_many_at_once_get_a_place_each(given: Dependencies) -> None:
    code, new = await _a_type_without_licences(given), [uuid4() for _ in range(500)]
    async with given.database.begin() as tx:
        taken = await status_lists.take_places(tx, code, new)
        assert taken.keys() == set(new)
        assert len({(each.list_number, each.index) for each in taken.values()}) == 500
        await status_lists.give_back(tx, new[:499])
        await tx.rollback()


async def _a_type_without_licences(given: Dependencies) -> str:
    async with given.database.read() as tx:
        used = select(license_.c.type)
        query = select(license_type.c.code).where(license_type.c.code.not_in(used)).limit(1)
        return str((await tx.execute(query)).scalar_one())


async def test_every_kind_of_decision_is_in_the_list(running: RunningService, http: httpx.AsyncClient) -> None:
    license_ = await issued(running.given, "SLD")
    claim = claim_of(license_)

    async def listed() -> int:
        return (await fetched(http, claim["uri"])).list.at(claim["idx"])

    for act, status in ((Act.SUSPEND, 2), (Act.RESUME, 0), (Act.CANCEL, 1)):
        await decide_license(running.given, AMR, DecideLicense(uuid4(), license_.license_id, act, "核查", "条例"))
        assert await listed() == status


async def test_a_next_version_has_its_own_place_and_ends_the_one_before(
    running: RunningService, http: httpx.AsyncClient
) -> None:
    given, old = running.given, await issued(running.given, "SLE")
    command = RenewLicense(uuid4(), old.license_id, Act.CHANGE, Wish(), "地址变更", "食品经营许可管理办法")
    new = (await renew_license(given, AMR, command)).license
    before, after = claim_of(old), claim_of(new)
    assert (before["uri"], before["idx"]) != (after["uri"], after["idx"])
    assert (await fetched(http, before["uri"])).list.at(before["idx"]) == 1
    assert (await fetched(http, after["uri"])).list.at(after["idx"]) == 0


async def test_a_licence_from_before_the_lists_is_revoked_as_ever(given: Dependencies, platform: TestPlatform) -> None:
    license_ = await issued(given, "SLC")
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    await connection.execute("DELETE FROM license_status WHERE license_id = $1", license_.license_id)
    await revoke(given, license_.license_id)
    standing = await connection.fetchval("SELECT standing FROM license WHERE license_id = $1", license_.license_id)
    await connection.close()
    assert standing == "revoked"


async def test_the_lists_say_what_the_licences_are(given: Dependencies, platform: TestPlatform) -> None:
    """The rule in the domain, and what was written by every act of this module."""
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    rows = await connection.fetch("SELECT standing, status FROM license JOIN license_status USING (license_id)")
    await connection.close()
    assert len(rows) > 15
    assert {row["standing"] for row in rows} == {"valid", "revoked", "cancelled", "superseded"}
    assert [row["status"] for row in rows] == [places.status_of(row["standing"]) for row in rows]
