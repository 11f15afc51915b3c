"""Copies rows until a table is large, for benchmarks of growth."""

from collections.abc import Mapping

import asyncpg

_COLUMNS = """
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
    WHERE attrelid = CAST('public.' || quote_ident($1) AS regclass)
      AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
    ORDER BY attnum
"""


async def grow(url: str, table: str, *, to: int, changed: Mapping[str, str]) -> None:
    """Copies one row of the table until there are `to`, and gathers statistics.

    `changed`: column → SQL of its value in copy number `n`. Foreign keys and triggers are not asked: it is a copy.
    """
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetchval(f'SELECT count(*) FROM "{table}"')
        columns = await connection.fetch(_COLUMNS, table)
        names = ", ".join(f'"{each["name"]}"' for each in columns)
        values = ", ".join(_value(each["name"], each["type"], changed) for each in columns)
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM generate_series({rows + 1}, {to}) AS n,'
            f' (SELECT * FROM "{table}" LIMIT 1) AS one',
            timeout=1_200,
        )
        await connection.execute(f'VACUUM ANALYZE "{table}"', timeout=600)
    finally:
        await connection.close()


def _value(name: str, type_: str, changed: Mapping[str, str]) -> str:
    return f"CAST({changed[name]} AS {type_})" if name in changed else f'one."{name}"'
