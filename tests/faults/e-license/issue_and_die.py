"""Issues one licence and is gone right after the commit: SIGKILL before anybody can publish its event."""

import asyncio
import os
import signal
import sys
from uuid import uuid4

from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.issue_license import issue_license
from pingshan_kit.storage.database import Database

from tests.support.e_license.orders import issuer_of, permit_order


async def main(serial_number: str) -> None:
    settings = Settings()
    given, _ = dependencies(settings, Database.from_settings(settings))
    await issue_license(
        issuer_of("amr"),
        given.database,
        given.personal,
        given.signer,
        permit_order(serial_number),
        issuer=given.issuer,
        request_id=uuid4(),
    )
    os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(main(sys.argv[1]))
