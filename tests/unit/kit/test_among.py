"""A condition over many values is one statement, however many they are."""

from uuid import uuid4

import pytest
from pingshan_kit.storage.among import among
from pingshan_kit.storage.tables import command
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import asyncpg


@pytest.mark.parametrize("count", [0, 1, 5_000])
def test_the_text_is_the_same_for_any_number_of_values(count: int) -> None:
    ids = [uuid4() for _ in range(count)]
    made = select(command.c.caller).where(among(command.c.request_id, ids)).compile(dialect=asyncpg.dialect())
    assert "command.request_id = ANY ($1::UUID[])" in str(made)
    assert list(made.params.values()) == [ids]
