"""The fixture that starts identity for a module; component and security tests share it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.component.identity.parties import Identity, load
from tests.support.platform import BoundService, TestPlatform


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
