"""Sequences what waits, and is gone before the commit: SIGKILL when the checkpoint has been added."""

import asyncio
import os
import signal

from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.store.transparency import log_tree
from pingshan_e_license.usecases.transparency.sequence_entries import sequence_entries
from pingshan_kit.storage.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection

_add_checkpoint = log_tree.add_checkpoint


async def _add_and_die(tx: AsyncConnection, made: log_tree.KeptCheckpoint) -> None:
    await _add_checkpoint(tx, made)
    os.kill(os.getpid(), signal.SIGKILL)


async def main() -> None:
    settings = Settings()
    given, _ = dependencies(settings, Database.from_settings(settings))
    log_tree.add_checkpoint = _add_and_die
    await sequence_entries(given)


asyncio.run(main())
