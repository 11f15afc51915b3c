"""Suspends the licence of the first argument and dies by SIGKILL: before the flags (`within`) or after the commit."""

import asyncio
import os
import signal
import sys
from uuid import UUID, uuid4

from pingshan_e_license.domain.license import Act
from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.store.life_cycle import flags
from pingshan_e_license.usecases.life_cycle.decide_license import DecideLicense, decide_license
from pingshan_kit.storage.database import Database

from tests.support.e_license.orders import issuer_of


async def _die(*_given: object, **_named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(license_id: UUID, where: str) -> None:
    settings = Settings()
    deps, _ = dependencies(settings, Database.from_settings(settings))
    if where == "within":
        flags.raise_all = _die
    command = DecideLicense(uuid4(), license_id, Act.SUSPEND, "限期整改", "食品安全法")
    await decide_license(deps, issuer_of("amr"), command)
    await _die()


if __name__ == "__main__":
    asyncio.run(main(UUID(sys.argv[1]), sys.argv[2]))
