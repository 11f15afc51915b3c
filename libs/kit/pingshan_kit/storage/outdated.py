"""Tells a statement that failed because a migration changed its table since the connection prepared it.

The driver notices it once: it then forgets what it prepared, on all connections of the engine.
"""

import asyncpg
from sqlalchemy.exc import DBAPIError

_OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.exceptions.OutdatedSchemaCacheError)
_TYPE_GONE = "cache lookup failed for type"
"""What PostgreSQL answers (XX000) where a type was dropped that a prepared statement knows by its number."""


def is_outdated(error: BaseException) -> bool:
    """Returns whether the same statement, prepared anew, may work; nothing of it was done."""
    answer: BaseException | None = error
    if isinstance(error, DBAPIError):
        answer = getattr(error.orig, "__cause__", None)  # SQLAlchemy's own class keeps the SQLSTATE alone
    return isinstance(answer, _OUTDATED) or (
        isinstance(answer, asyncpg.exceptions.InternalServerError) and _TYPE_GONE in str(answer)
    )
