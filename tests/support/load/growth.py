"""Copies rows until a table is large, for benchmarks of growth."""

from collections.abc import Mapping

import asyncpg


async def grow(url: str, table: str, *, to: int, changed: Mapping[str, str]) -> None:
    """Copies one row of the table until there are `to`, and gathers statistics.

    `changed`: column → SQL of its value in copy number `n`, with the types of JSON.
    """
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetchval(f'SELECT count(*) FROM "{table}"')
        columns = ", ".join(f"'{name}', {value}" for name, value in changed.items())
        await connection.execute(
            f'INSERT INTO "{table}" SELECT (jsonb_populate_record(of, jsonb_build_object({columns}))).*'
            f' FROM "{table}" AS of, generate_series({rows + 1}, {to}) AS n'
            f' WHERE of.ctid = (SELECT ctid FROM "{table}" LIMIT 1)',
            timeout=1_200,
        )
        await connection.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await connection.close()
