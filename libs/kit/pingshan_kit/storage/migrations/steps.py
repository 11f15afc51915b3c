"""Steps of migrations: scripts of SQL inside the migration's transaction, and indexes built outside it."""

from collections.abc import Iterator

from alembic import op
from sqlalchemy import text


def execute_script(sql: str) -> None:
    """Runs SQL statements that each end with a semicolon at a line's end; a body between `$$` stays whole.

    Raises ValueError where the last one has no semicolon; those before it have run by then.
    """
    for statement in _statements(sql):
        op.get_bind().exec_driver_sql(statement)


def create_index_concurrently(name: str, on: str, *, unique: bool = False) -> None:
    """Builds an index while others write the table. `on` is what follows ON in CREATE INDEX.

    It can be repeated after a kill: the INVALID index of a build that was broken off is dropped first. The build
    commits by itself and apart from the migration, so nothing else may have been written in the migration before.
    Raises RuntimeError where something has.
    """
    bind = op.get_bind()
    if bind.execute(text("SELECT pg_current_xact_id_if_assigned()")).scalar() is not None:
        message = f"{name}: a concurrent index comes first in a migration of its own"
        raise RuntimeError(message)
    half_built = text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")
    is_half_built = bind.execute(half_built, {"name": name}).scalar() is not None
    kind = "UNIQUE INDEX" if unique else "INDEX"
    with op.get_context().autocommit_block():
        # It waits for every transaction that is older than the build, and nobody queues behind it meanwhile.
        op.execute("SET lock_timeout = 0")
        try:
            if is_half_built:
                op.execute(f"DROP INDEX CONCURRENTLY {name}")
            op.execute(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} ON {on}")
        finally:
            op.execute("RESET lock_timeout")


def _statements(sql: str) -> Iterator[str]:
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and statement.count("$$") % 2 == 0:
            yield statement
            statement = ""
    if statement.strip():
        raise ValueError("a statement without its semicolon: " + statement)
