"""Asks for data on a consent, and is killed where it is told: before the commit, or right after it."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.sharing.request_data import request_data
from pingshan_e_license.usecases.uses import Uses
from pingshan_kit.storage.database import Database

from tests.support.e_license.sharing import EDUCATION, about_lease


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DiesAfterRecording(Uses):
    async def record(self, tx: Any, new: Sequence[Any]) -> list[Any]:
        recorded = await super().record(tx, new)
        die()
        return recorded


async def main(when: str, person: str, consent_id: str, request_id: str) -> None:
    settings = Settings()
    given, _ = dependencies(settings, Database.from_settings(settings))
    if when == "before":
        given.uses.__class__ = DiesAfterRecording
    asked = about_lease(person, UUID(consent_id), request_id=UUID(request_id))
    await request_data(given, EDUCATION, asked)
    die()


asyncio.run(main(*sys.argv[1:]))
