"""The fixture that starts identity for a module; component and security tests share it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pingshan_tools.addresses import simulators_environment
from pingshan_tools.process import Program, answers

from tests.support.identity.parties import Identity, load
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import Running


@pytest.fixture(scope="module")
def bound_identity(platform_settings: Callable[..., BoundService]) -> BoundService:
    """Its settings; identity is its own issuer here."""
    bound = platform_settings("identity", seeded=True)
    bound.fields["issuer"] = bound.fields["public_url"]
    return bound


@pytest.fixture(scope="module")
def identity(platform: TestPlatform, bound_identity: BoundService) -> Identity:
    """A process of its own, seeded."""
    platform.start("identity")
    return seeded(platform, bound_identity)


def seeded(platform: TestPlatform, bound_identity: BoundService) -> Identity:
    """How to speak to it once it runs."""
    sign_ins = Path(bound_identity.fields["sign_ins_file"])
    return Identity(
        url=bound_identity.fields["issuer"],
        sign_ins=load(sign_ins),
        client_secrets=load(sign_ins.with_name("client_secrets.json"))["clients"],
        simulators=bound_identity.fields["url_simulators"],
        keys=Path(bound_identity.fields["secrets_dir"]).parent,
        services={
            service: bound_identity.fields[f"url_{service.replace('-', '_')}"]
            for service in ("e-license", "workflow", "wifi-portal", "alerts")
        },
        database_url=platform.database_admin_url("identity"),
    )


@pytest.fixture(scope="module")
def simulators(platform: TestPlatform, identity: Identity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The parties outside; their origin."""
    settings = simulators_environment(platform.addresses, tmp_path_factory.mktemp("simulators"))
    port = platform.addresses.ports.simulators
    program = Program(
        name="simulators",
        argv=(sys.executable, "-m", "pingshan_simulators"),
        ready=lambda: answers("127.0.0.1", port),
        environment=settings,
    )
    running = Running(program, platform.folder).start()
    yield identity.simulators
    running.stop()
