from collections.abc import AsyncIterator

import pytest

from tests.support.e_license_service import RunningService, run_e_license
from tests.support.platform import TestPlatform


@pytest.fixture(scope="module")
async def running(platform: TestPlatform) -> AsyncIterator[RunningService]:
    async with run_e_license(platform) as service:
        yield service
