"""The sequencer: every entry once, no gap, one writer at a time, and nothing signed over a changed tree."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pingshan_e_license.domain.errors import LogEntryNotFound, LogEntryPending, LogIsEmpty, RequestInvalid
from pingshan_e_license.domain.transparency.log_entry import EntryKind, NewEntry
from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.store.transparency import log_entries, log_tree
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency import sequence_entries as module
from pingshan_e_license.usecases.transparency.get_checkpoint import get_checkpoint
from pingshan_e_license.usecases.transparency.get_consistency_proof import get_consistency_proof
from pingshan_e_license.usecases.transparency.get_inclusion_proof import get_inclusion_proof
from pingshan_e_license.usecases.transparency.list_leaf_hashes import list_leaf_hashes
from pingshan_e_license.usecases.transparency.sequence_entries import BrokenTree, sequence_entries
from pingshan_kit.storage.database import Database
from pingshan_values.log_proof import InclusionProof
from pingshan_values.merkle import CompactRange, check_consistency
from pingshan_values.signed_note import Checkpoint, opened
from sqlalchemy import text

from tests.support.e_license.log import verify_ed25519
from tests.support.platform import TestPlatform


@pytest.fixture
async def fresh(platform: TestPlatform, given: Dependencies) -> Dependencies:
    """The bundle, with a log that is empty."""
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    await connection.execute("TRUNCATE log_pending, log_leaf, log_node, log_checkpoint, log_entry")
    await connection.close()
    return given


@pytest.fixture
async def other(platform: TestPlatform, given: Dependencies) -> AsyncIterator[Dependencies]:
    """The bundle of a second replica."""
    settings = platform.service("e-license").settings(Settings)
    database = Database.from_settings(settings)
    made, close = dependencies(settings, database)
    yield made
    await close()
    await database.close()


async def append(given: Dependencies, count: int) -> list[UUID]:
    entries = [NewEntry(EntryKind.LICENSE_USED, "s", {"number": number}) for number in range(count)]
    async with given.database.begin() as tx:
        return await log_entries.append_all(tx, given.personal, entries)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_EVERY", timedelta(0))


async def head(given: Dependencies) -> Checkpoint:
    return opened((await get_checkpoint(given)).checkpoint.note, given.log_signer.key, verify_ed25519)


async def indexes(given: Dependencies) -> Sequence[int]:
    async with given.database.read() as tx:
        rows = await tx.execute(text("SELECT leaf_index FROM log_leaf ORDER BY leaf_index"))
        return list(rows.scalars())


async def test_an_empty_log_proves_nothing(fresh: Dependencies) -> None:
    assert await sequence_entries(fresh) == 0
    with pytest.raises(LogIsEmpty):
        await get_checkpoint(fresh)
    with pytest.raises(LogIsEmpty):
        await get_consistency_proof(fresh, old_size=1)
    with pytest.raises(LogIsEmpty):
        await list_leaf_hashes(fresh, begin=0)


async def test_an_entry_gets_its_proof(fresh: Dependencies) -> None:
    [entry_id] = await append(fresh, 1)
    with pytest.raises(LogEntryPending):
        await get_inclusion_proof(fresh, entry_id=entry_id)
    with pytest.raises(LogEntryNotFound):
        await get_inclusion_proof(fresh, entry_id=uuid4())
    assert await sequence_entries(fresh) == 1
    proof = await get_inclusion_proof(fresh, entry_id=entry_id)
    assert InclusionProof.of(proof.document()).check(fresh.log_signer.key, verify_ed25519) == await head(fresh)
    assert "opening" not in proof.document()


@pytest.mark.usefixtures("at_once")
async def test_a_checkpoint_is_signed_every_few_seconds_only(
    fresh: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(fresh, 1)
    await sequence_entries(fresh)
    monkeypatch.setattr(module, "CHECKPOINT_EVERY", timedelta(hours=1))
    [late] = await append(fresh, 1)
    assert await sequence_entries(fresh) == 1
    assert (await head(fresh)).size == 1
    with pytest.raises(LogEntryPending):
        await get_inclusion_proof(fresh, entry_id=late)
    assert (await list_leaf_hashes(fresh, begin=0)).size == 1
    monkeypatch.setattr(module, "CHECKPOINT_EVERY", timedelta(0))
    assert await sequence_entries(fresh) == 0
    assert (await head(fresh)).size == 2


@pytest.mark.usefixtures("at_once")
@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@hypothesis_given(batches=st.lists(st.integers(1, 9), min_size=1, max_size=5))
async def test_every_proof_of_a_growing_log_verifies(fresh: Dependencies, batches: list[int]) -> None:
    heads: list[Checkpoint] = []
    for batch in batches:
        ids = await append(fresh, batch)
        while await sequence_entries(fresh):
            pass
        heads.append(await head(fresh))
        for each in ids:
            document = (await get_inclusion_proof(fresh, entry_id=each)).document()
            assert InclusionProof.of(document).check(fresh.log_signer.key, verify_ed25519) == heads[-1]
    last = heads[-1]
    for old in heads:
        found = await get_consistency_proof(fresh, old_size=old.size)
        check_consistency(old.size, last.size, found.proof, old_root=old.root, new_root=last.root)
    every = CompactRange()
    for leaf in (await list_leaf_hashes(fresh, begin=0)).hashes:
        every.append(leaf)
    assert (every.size, every.root()) == (last.size, last.root)
    assert list(await indexes(fresh)) == list(range(last.size))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 3), (-1, 3), (4, 0), (3, 2), (1, 4), (1, -1)])
async def test_sizes_that_no_proof_joins_are_refused(fresh: Dependencies, old: int, new: int) -> None:
    await append(fresh, 3)
    await sequence_entries(fresh)
    with pytest.raises(RequestInvalid):
        await get_consistency_proof(fresh, old_size=old, new_size=new)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("begin", [-1, 4])
async def test_an_index_past_the_end_is_refused(fresh: Dependencies, begin: int) -> None:
    await append(fresh, 3)
    await sequence_entries(fresh)
    assert (await list_leaf_hashes(fresh, begin=3)).hashes == []
    with pytest.raises(RequestInvalid):
        await list_leaf_hashes(fresh, begin=begin)


@pytest.mark.usefixtures("at_once")
async def test_two_replicas_sequence_each_entry_once(
    fresh: Dependencies, other: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 7)

    async def until_done(given: Dependencies) -> int:
        done = 0
        for _ in range(60):
            done += await sequence_entries(given)
            await asyncio.sleep(0)
        return done

    async def acts() -> None:
        for _ in range(20):
            await append(fresh, 5)

    results = await asyncio.gather(until_done(fresh), until_done(other), acts())
    while await sequence_entries(fresh):
        pass
    assert list(await indexes(fresh)) == list(range(100))
    assert (results[0] or 0) + (results[1] or 0) <= 100
    assert (await head(fresh)).size == 100


@pytest.mark.usefixtures("at_once")
async def test_while_one_writes_the_other_does_not(fresh: Dependencies, other: Dependencies) -> None:
    await append(fresh, 1)
    async with fresh.database.begin() as tx:
        assert await log_tree.is_ours_to_write(tx)
        assert await sequence_entries(other) == 0
    assert await sequence_entries(other) == 1


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log_leaf SET hash = sha256('other') WHERE leaf_index = 4",
        "DELETE FROM log_leaf WHERE leaf_index = 4",
        "UPDATE log_node SET hash = sha256('other') WHERE level = 2",
        "DELETE FROM log_node WHERE level = 2",
    ],
)
async def test_nothing_is_signed_over_a_changed_tree(fresh: Dependencies, platform: TestPlatform, change: str) -> None:
    await append(fresh, 5)
    await sequence_entries(fresh)
    signed = await head(fresh)
    connection = await asyncpg.connect(platform.database_admin_url("e-license"))
    await connection.execute(change)
    await connection.close()
    await append(fresh, 1)
    with pytest.raises(BrokenTree):
        await sequence_entries(fresh)
    assert await head(fresh) == signed
