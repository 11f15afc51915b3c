"""A new data key: everybody is still found and read, open pages still work, and the old key may go in the end."""

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from pingshan.identity.v1 import person_pb2, person_pb2_grpc
from pingshan_kit.rpc import channel
from pingshan_kit.settings import ServiceSettings
from pingshan_tools import secret_files
from pingshan_tools.process import run_to_end

from tests.support.identity.fixtures import seeded
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import Running, fork_server, until

HEAD, AGENT = "+8613800000001", "+8613800000002"
NAME = "刘春生"
COMPANY = "91440310TEXT10001K"
PAGE = "/account/representations"
SOON = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - any day ahead
MAY_GO, MAY_NOT_GO = "The older keys may be removed.", "The older keys may not be removed yet."


@pytest.fixture(scope="module")
def bound_identity(
    platform_settings: Callable[..., BoundService], secrets_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> BoundService:
    """With secrets of its own, which this module may change."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets"
    shutil.copytree(secrets_folder, secrets)
    bound = platform_settings("identity", seeded=True)
    bound.fields.update(issuer=bound.fields["public_url"], secrets_dir=str(secrets / "identity"))
    return bound


@dataclass(frozen=True)
class Restartable:
    identity: Identity
    bound: BoundService
    process: Running

    @property
    def data_keys(self) -> Path:
        return Path(self.bound.fields["secrets_dir"]) / "data_key"

    def report(self) -> list[str]:
        argv = [sys.executable, "-m", "pingshan_identity", "data-keys"]
        return run_to_end("data-keys", argv, environment=self.bound.environment, forks=fork_server()).splitlines()

    def restart_with(self, data_keys: str) -> None:
        self.process.stop()
        self.data_keys.write_text(data_keys)
        self.process.start()


@pytest.fixture(scope="module")
def restartable(platform: TestPlatform, bound_identity: BoundService) -> Restartable:
    return Restartable(seeded(platform, bound_identity), bound_identity, platform.start("identity"))


def appoint(head: Browser, form: dict[str, str]) -> int:
    return head.post(f"{PAGE}/appoint", data=form | {"mobile": AGENT, "name": NAME, "until": SOON}).status_code


def appoint_form(head: Browser) -> dict[str, str]:
    found = re.search(r'/appoint">.*?name="representation_id" value="([^"]+)"', head.get(PAGE).text, re.DOTALL)
    assert found
    return {"csrf_token": csrf_of(head.get("/account")), "representation_id": found[1]}


async def representatives(platform: TestPlatform) -> int:
    kind = type("Sibling", (ServiceSettings,), {"service": "alerts", "__annotations__": {}})
    async with channel(platform.service("alerts", migrated=False).settings(kind), "identity") as connection:
        stub = person_pb2_grpc.PersonServiceStub(connection)
        answer = await stub.ListRepresentatives(person_pb2.ListRepresentativesRequest(holder_code=COMPANY))
    return len(answer.persons)


async def test_a_rotation_from_its_first_step_to_its_last(restartable: Restartable, platform: TestPlatform) -> None:
    identity = restartable.identity
    before = identity.signed_in(HEAD)
    form = appoint_form(before)
    restartable.process.stop()

    secret_files.add_data_key(restartable.data_keys.parents[1], "identity")
    new = restartable.data_keys.read_text().split()[0]
    assert MAY_NOT_GO in restartable.report()

    restartable.process.start()
    assert "小满餐饮" in before.get(PAGE).text, "the session and what it shows are read with the old key"
    assert appoint(before, form) == 303, "a page that was open is still taken, and the agent found by telephone"
    assert identity.signed_in(AGENT).get("/account").status_code == 200, "found by telephone"
    assert await representatives(platform) == 2, "found by the holder's code"
    until(lambda: MAY_GO in restartable.report())

    restartable.restart_with(f"{new}\n")
    assert "小满餐饮" in before.get(PAGE).text
    assert identity.signed_in(HEAD).get("/account").status_code == 200
    assert await representatives(platform) == 2
    assert restartable.report()[0].endswith("older ones: none")
