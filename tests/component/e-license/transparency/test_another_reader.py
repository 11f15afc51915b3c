"""A library that we did not write (npm's @sd-jwt/jwt-status-list) reads our credentials' places and our lists."""

import asyncio
import json
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.node import node_for

FOLDER = Path(__file__).parent / "jwt-status-list"
AMR = issuer_of("amr")


@pytest.fixture(scope="module")
def node() -> str:
    return node_for(FOLDER)


async def test_it_reads_what_we_publish(node: str, running: RunningService) -> None:
    licences = [(await issue_license(running.given, AMR, issue_permit(f"NPM{number}"))).license for number in range(3)]
    revoked = licences[1].license_id
    await revoke_license(running.given, AMR, RevokeLicense(uuid4(), revoked, "提供虚假材料", "行政许可法 第六十九条"))
    async with running.http() as client:
        uris = (await client.get("/status-lists")).json()["status_lists"]
        lists = {uri: (await client.get(uri)).text for uri in uris}
    asked = json.dumps({"credentials": [each.credential.jwt for each in licences], "lists": lists})
    command = [node, str(FOLDER / "read.mjs")]
    read = await asyncio.to_thread(subprocess.run, command, input=asked, capture_output=True, text=True, check=True)
    assert json.loads(read.stdout) == [0, 1, 0]
