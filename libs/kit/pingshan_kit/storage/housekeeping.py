"""Rules of how long rows are kept, and the job that deletes those whose time is over.

A period is longer than anything that could still need the row. Rules of a service stand in its `store/retention.py`.

Own code: pg_cron and pg_partman are extensions that not every PostgreSQL has, and their rules would stand apart from
the code that knows how long a row is needed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Delete, Table, any_, exists, func, literal_column, select
from sqlalchemy.exc import DBAPIError

from pingshan_kit.errors import TookTooLong
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import FORM, FORM_LIFE, command, dead_letter, inbox, intake, job, page_session

EVENT_LOG = timedelta(days=90)
"""Age at which a month is dropped as a whole, by the database's function `event_log_partitions`."""

_BATCH = 5_000
"""Rows of one transaction: well under a second, so that nobody waits long for a row of it."""


@dataclass(frozen=True)
class Kept:
    """Keeps rows of `table` until `column`, the name of a point in time, is `for_` ago; NULL keeps them for ever.

    `where` narrows the rule to some of the rows. The column needs an index where the table may grow.
    """

    table: Table
    column: str
    for_: timedelta = timedelta()
    where: ColumnElement[bool] | None = None

    def __post_init__(self) -> None:
        if self.column not in self.table.c or self.table.info.get("append_only"):
            message = f"{self.table.name}.{self.column} does not exist, or the table is only added to"
            raise ValueError(message)


_open_letter = exists().where(
    dead_letter.c.source == "job",
    dead_letter.c.handler == job.c.kind,
    dead_letter.c.message_id == job.c.key,
    dead_letter.c.resolved_at.is_(None),
)

KIT = (
    Kept(command, "created_at", FORM_LIFE, where=command.c.caller == FORM),
    Kept(command, "created_at", timedelta(days=30)),  # a caller's retry after that is a new command
    Kept(inbox, "received_at", EVENT_LOG + timedelta(days=30)),  # what can be replayed is never applied twice
    Kept(dead_letter, "resolved_at", timedelta(days=120)),
    Kept(job, "finished_at", timedelta(days=90), where=~_open_letter),  # a second job of its kind and key is a no-op
    Kept(page_session, "expires_at"),
    Kept(intake, "parked_at", timedelta(days=180)),  # it may be personal: it ends, whether somebody decided or not
)


def past_periods(kinds: Sequence[str]) -> Kept:
    """Returns the rule for rows of periodic jobs: an hour, since clocks of replicas differ by less."""
    return Kept(job, "finished_at", timedelta(hours=1), where=job.c.kind.in_(kinds))


async def clean(database: Database, rules: Sequence[Kept]) -> None:
    """Deletes what is over by the kit's rules, then by these, in their order; logs the number of rows by table.

    A rule that fails does not hold up the others. Raises ExceptionGroup of what failed.
    """
    deleted: Counter[str] = Counter()
    failures = []
    try:
        for rule in (*KIT, *rules):
            try:
                deleted[rule.table.name] += await delete_over(database, rule)
            except (DBAPIError, TookTooLong) as error:
                failures.append(error)
    finally:
        if +deleted:
            log.info("housekeeping.deleted", **+deleted)
    if failures:
        raise ExceptionGroup("rules of retention failed", failures)


async def delete_over(database: Database, rule: Kept) -> int:
    """Deletes the rows whose time is over, a batch in each transaction; returns their number.

    Rows that somebody else has locked are left for the next time.
    """
    deleted, batch = 0, _delete_batch(rule)
    while True:
        async with database.begin() as tx:
            rows = (await tx.execute(batch)).rowcount
        deleted += rows
        if rows < _BATCH:
            return deleted


def _delete_batch(rule: Kept) -> Delete:
    place: ColumnElement[str] = literal_column("ctid")
    over = select(place).select_from(rule.table).where(rule.table.c[rule.column] < func.now() - rule.for_)
    if rule.where is not None:
        over = over.where(rule.where)
    chosen = over.limit(_BATCH).with_for_update(skip_locked=True, of=rule.table)
    return rule.table.delete().where(place == any_(func.array(chosen.scalar_subquery())))
