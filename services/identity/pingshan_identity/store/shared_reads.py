"""SQL of reads that callers share (the kit's `Joined`), made of the columns and conditions of the ordinary queries.

A column that is added to a table is so in both, and a condition stands once.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import (
    LABEL_STYLE_TABLENAME_PLUS_COL,
    ColumnElement,
    Select,
    TableValuedAlias,
    column,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.types import TypeEngine

_DIALECT = dialect()  # type: ignore[no-untyped-call]


def keys(**columns: TypeEngine[Any]) -> TableValuedAlias:
    """Returns the keys of all who wait, one array per column in this order; its column `n` numbers them."""
    types = [each.compile(_DIALECT) for each in columns.values()]
    arrays: list[ColumnElement[Any]] = [literal_column(f"${number}::{name}[]") for number, name in enumerate(types, 1)]
    named = [column(name, each) for name, each in columns.items()]
    return func.unnest(*arrays).table_valued(*named, with_ordinality="n", name="k").render_derived(name="k")


def sql(query: Select[Any]) -> str:
    """Returns the text of a query whose only parameters are its `keys`; it names columns by `columns_of`."""
    labelled = query.set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    return str(labelled.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))


def columns_of(row: asyncpg.Record, table: str) -> dict[str, Any]:
    """Returns the values of one table's columns, or of a subquery's, by the names that they have there."""
    return {name: row[number] for number, name in _layout(tuple(row.keys()), table)}


@lru_cache(maxsize=200)
def _layout(columns: tuple[str, ...], table: str) -> Sequence[tuple[int, str]]:
    """Returns number and own name of the columns of one table, which are the same for each row of a statement."""
    prefix = f"{table}_"
    return [(number, name[len(prefix) :]) for number, name in enumerate(columns) if name.startswith(prefix)]
