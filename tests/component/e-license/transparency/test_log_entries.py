"""An act and its entry in the transparency log are one: both or neither, and nothing of it is readable."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from pingshan_e_license.domain.transparency.log_entry import EntryKind
from pingshan_e_license.store.transparency import log_entries
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from sqlalchemy import text

from tests.support.e_license.orders import COMPANY_CODE, issue_permit, issuer_of
from tests.support.platform import TestPlatform

AMR = issuer_of("amr")


class _Undone(Exception):
    pass


async def pending(given: Dependencies, subject: str) -> int:
    async with given.database.read() as tx:
        query = "SELECT count(*) FROM log_pending JOIN log_entry USING (entry_id) WHERE subject = :subject"
        return int((await tx.execute(text(query), {"subject": subject})).scalar_one())


async def entries_of(given: Dependencies, subject: UUID) -> list[dict[str, Any]]:
    async with given.database.read() as tx:
        found = await log_entries.of_subject(tx, given.personal, str(subject), EntryKind, limit=10)
    return [{"kind": entry.kind, **opening.content} for entry, opening in found]


async def test_an_entry_commits_with_its_act_or_not_at_all(given: Dependencies) -> None:
    async def undone() -> None:
        async with given.database.begin() as tx:
            await log_entries.append(tx, given.personal, kind=EntryKind.KEY_CHANGED, subject="undone", content={})
            raise _Undone

    with pytest.raises(_Undone):
        await undone()
    assert await pending(given, "undone") == 0
    async with given.database.begin() as tx:
        entry_id = await log_entries.append(
            tx, given.personal, kind=EntryKind.KEY_CHANGED, subject="done", content={"kid": "k"}
        )
    assert await pending(given, "done") == 1
    async with given.database.read() as tx:
        opening = await log_entries.opening(tx, given.personal, entry_id)
        entry = await log_entries.by_id(tx, entry_id)
    assert opening is not None
    assert opening.content == {"kid": "k"}
    assert entry is not None
    assert entry.leaf.keys() == {"commitment", "entry_id", "kind", "recorded_at"}


async def test_issue_and_revocation_enter_the_log(given: Dependencies) -> None:
    issued = await issue_license(given, AMR, issue_permit("TL1"))
    license_id = issued.license.license_id
    await revoke_license(given, AMR, RevokeLicense(uuid4(), license_id, "提供虚假材料", "行政许可法 第六十九条"))
    first, second = await entries_of(given, license_id)
    assert (first["kind"], first["standing"], first["revision"]) == (EntryKind.LICENSE_ISSUED, "valid", 1)
    assert (second["kind"], second["standing"], second["revision"]) == (EntryKind.LICENSE_CHANGED, "revoked", 2)
    assert first["identifier"] == issued.license.identifier


async def test_a_repeated_order_enters_nothing(given: Dependencies) -> None:
    order = issue_permit("TL2")
    issued = await issue_license(given, AMR, order)
    await issue_license(given, AMR, order)
    assert len(await entries_of(given, issued.license.license_id)) == 1


async def test_equal_contents_have_different_commitments(given: Dependencies) -> None:
    content = {"code": COMPANY_CODE}
    async with given.database.begin() as tx:
        made = [
            await log_entries.append(tx, given.personal, kind=EntryKind.LICENSE_USED, subject="s", content=content)
            for _ in range(2)
        ]
        found = [await log_entries.by_id(tx, each) for each in made]
    assert len({each.commitment for each in found if each}) == 2


async def test_nothing_of_the_content_stands_readable_in_the_database(
    given: Dependencies, platform: TestPlatform
) -> None:
    async with given.database.begin() as tx:
        await log_entries.append(
            tx, given.personal, kind=EntryKind.LICENSE_USED, subject="leak", content={"code": COMPANY_CODE}
        )
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    row = await connection.fetchval("SELECT log_entry::text FROM log_entry WHERE subject = 'leak'")
    await connection.close()
    assert COMPANY_CODE not in row
    assert COMPANY_CODE.encode().hex() not in row


@pytest.mark.parametrize("table", ["log_entry", "log_leaf", "log_node", "log_checkpoint"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
async def test_the_service_itself_may_only_add(given: Dependencies, table: str, change: str) -> None:
    column = {"log_entry": "commitment", "log_leaf": "hash", "log_node": "hash", "log_checkpoint": "root"}[table]
    with pytest.raises(Exception, match="permission denied"):
        async with given.database.begin() as tx:
            await tx.execute(text(change.format(table, column, column)))
