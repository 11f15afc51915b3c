"""Rows of the kit whose time is over. Each period is longer than anything that could still need the row."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Table, func

from pingshan_kit.events.event_log import KEPT_DAYS
from pingshan_kit.logging import log
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command, inbox, job, page_session

COMMAND_DAYS = 30
"""A caller's retry after that is a new command."""
INBOX_DAYS = KEPT_DAYS + 30
"""Longer than the event log: nothing that can be replayed may be applied twice."""
JOB_DAYS = 90
"""Within that time a second job of the same kind and key is a no-op."""


async def clean(database: Database) -> None:
    deleted: dict[str, int] = {}
    for table, old in _old().items():
        async with database.begin() as tx:
            deleted[table.name] = (await tx.execute(table.delete().where(old))).rowcount
    if any(deleted.values()):
        log.info("housekeeping.deleted", **deleted)


def _old() -> Mapping[Table, ColumnElement[bool]]:
    return {
        command: command.c.created_at < _ago(days=COMMAND_DAYS),
        inbox: inbox.c.received_at < _ago(days=INBOX_DAYS),
        job: (job.c.state == "done") & (job.c.finished_at < _ago(days=JOB_DAYS)),
        page_session: page_session.c.expires_at < func.now(),
    }


def _ago(*, days: int) -> ColumnElement[datetime]:
    return func.now() - func.make_interval(0, 0, 0, days)
