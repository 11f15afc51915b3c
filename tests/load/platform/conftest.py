from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.running import RunningPlatform
from tests.support.servers import PortBases


@pytest.fixture(scope="module")
def fresh(request: pytest.FixtureRequest, run_folder: Path, port_bases: PortBases) -> Iterator[RunningPlatform]:
    """A platform that was never started; it ends with the module, so that the next benchmark has the machine."""
    platform = RunningPlatform(run_folder / request.module.__name__.rpartition(".")[2], port_bases.take())
    yield platform
    platform.command("down")
