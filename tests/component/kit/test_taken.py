"""Two callers add the same at once: the second is told so with a code, wherever the key is."""

import asyncio

import grpc
import pytest
from pingshan_kit.errors import KIT_ERRORS
from pingshan_kit.ids import uuid7
from pingshan_kit.shown_refusal import shown_refusal
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command
from sqlalchemy.exc import IntegrityError


async def test_the_second_of_two_at_once_is_refused(database: Database) -> None:
    row = {"caller": "person:1", "request_id": uuid7(), "request_hash": b""}

    async def add() -> None:
        async with database.begin() as tx:
            await tx.execute(command.insert().values(row))

    outcomes = await asyncio.gather(add(), add(), return_exceptions=True)
    (error,) = (outcome for outcome in outcomes if outcome is not None)
    assert isinstance(error, IntegrityError)
    refused = shown_refusal(error, KIT_ERRORS)
    assert (refused.rule.reason, refused.http, refused.rule.grpc) == (
        *("PLATFORM_TAKEN", 409),
        grpc.StatusCode.ALREADY_EXISTS,
    )
    assert "Somebody else" in refused.sentence("en")


async def test_any_other_broken_rule_stays_a_failure(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        async with database.begin() as tx:
            await tx.execute(command.insert().values({"caller": None, "request_id": uuid7(), "request_hash": b""}))
    assert shown_refusal(caught.value, KIT_ERRORS).unexpected
