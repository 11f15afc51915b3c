"""One of many values, as a condition whose text stays the same however many there are.

`IN` gets a parameter for each value: 5,000 of them keep the event loop for 40 ms while SQLAlchemy writes the statement,
and every other number of values is another statement to prepare.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, literal


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Returns the condition that the column has one of the values; they travel as one array. Nobody fulfils it for no
    values."""
    return column == any_(literal(list(values), ARRAY(column.type)))
