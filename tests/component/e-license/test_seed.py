"""What a fresh installation begins with."""

from pingshan_e_license.seed import seed
from pingshan_kit.storage.tables import outbox, record
from sqlalchemy import func, select, text

from tests.support.e_license.service import RunningService


async def test_a_second_seed_changes_nothing(running: RunningService) -> None:
    async def counts() -> list[int]:
        async with running.given.database.read() as tx:
            types = await tx.scalar(text("SELECT count(*) FROM license_type"))
            licences = await tx.scalar(text("SELECT count(*) FROM license"))
            records = await tx.scalar(select(func.count()).select_from(record))
            events = await tx.scalar(select(func.count()).select_from(outbox))
        return [types or 0, licences or 0, records or 0, events or 0]

    before = await counts()
    assert before[:2] == [89, 3]
    await seed(running.settings)
    assert await counts() == before


async def test_the_runtime_role_cannot_rewrite_history(running: RunningService) -> None:
    async with running.given.database.read() as tx:
        rights = await tx.execute(
            text(
                "SELECT privilege_type FROM information_schema.role_table_grants"
                " WHERE table_name = 'license_transition' AND grantee = current_user"
            )
        )
        assert set(rights.scalars()) == {"SELECT", "INSERT"}
