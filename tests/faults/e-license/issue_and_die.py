"""Issues one licence and is gone right after the commit: SIGKILL before anybody can publish its event."""

import asyncio
import os
import signal
import sys

from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_kit.storage.database import Database

from tests.support.e_license.orders import issue_permit, issuer_of


async def main(serial_number: str) -> None:
    settings = Settings()
    given, _ = dependencies(settings, Database.from_settings(settings))
    await issue_license(given, issuer_of("amr"), issue_permit(serial_number))
    os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(main(sys.argv[1]))
