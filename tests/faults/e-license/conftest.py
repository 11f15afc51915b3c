from collections.abc import AsyncIterator

import pytest
from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_kit.storage.database import Database

from tests.support.platform import TestPlatform


@pytest.fixture(scope="module")
async def given(platform: TestPlatform) -> AsyncIterator[Dependencies]:
    settings = platform.service("e-license", seeded=True).settings(Settings)
    database = Database.from_settings(settings)
    made, close = dependencies(settings, database)
    yield made
    await close()
    await database.close()
