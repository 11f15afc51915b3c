"""A running e-license sequences by itself, and `pingshan log` checks it over the network."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_tools.command import app
from pingshan_tools.transparency import Refused
from typer.testing import CliRunner, Result

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.platform import TestPlatform

AMR = issuer_of("amr")


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


async def head(address: str, *, beyond: int) -> dict[str, str]:
    """The newest checkpoint, once it is of more than `beyond` entries."""
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=address) as client:
        while True:
            answer = await client.get("/v1/log/checkpoint")
            if answer.status_code == 200 and answer.json()["size"] > beyond:
                return dict(answer.json())
            await asyncio.sleep(0.2)


async def entries(given: Dependencies) -> int:
    async with given.database.read() as tx:
        return int((await tx.exec_driver_sql("SELECT count(*) FROM log_entry")).scalar_one())


async def test_a_running_log_is_walked_twice(given: Dependencies, platform: TestPlatform, tmp_path: Path) -> None:
    running = await asyncio.to_thread(platform.start, "e-license")
    address = f"http://127.0.0.1:{platform.service('e-license').fields['http_port']}"
    await issue_license(given, AMR, issue_permit("W1"))
    first = await head(address, beyond=await entries(given) - 1)
    remembered = tmp_path / "remembered"
    walk = ("log", "walk", "--log", address, "--key", first["verifier_key"], "--remembered", str(remembered))
    result = await asyncio.to_thread(ran, *walk)
    assert f"All {first['size']} entries lead to the signed root." in result.output

    running.kill()
    await issue_license(given, AMR, issue_permit("W2"))
    await asyncio.to_thread(running.start)
    second = await head(address, beyond=await entries(given) - 1)
    result = await asyncio.to_thread(ran, *walk)
    assert f"All {second['size']} entries lead to the signed root, 1 more than at the last walk." in result.output

    await _verify(given, address, first["checkpoint"], tmp_path, second["verifier_key"])


async def _verify(given: Dependencies, address: str, older: str, folder: Path, key: str) -> None:
    """The newest proof, with a checkpoint from before, joined by what the log says of the two."""
    async with given.database.read() as tx:
        query = "SELECT entry_id::text FROM log_leaf ORDER BY leaf_index DESC LIMIT 1"
        entry_id = (await tx.exec_driver_sql(query)).scalar_one()
    async with httpx.AsyncClient(base_url=address) as client:
        proof = (await client.get(f"/v1/log/entries/{entry_id}/inclusion")).json()
    (folder / "proof").write_text(json.dumps(proof))
    (folder / "older").write_text(older)
    files = ("--proof", str(folder / "proof"), "--checkpoint", str(folder / "older"))
    result = await asyncio.to_thread(ran, "log", "verify", *files, "--key", key, "--log", address)
    assert "only grew" in result.output
    gone = await asyncio.to_thread(ran, "log", "walk", "--log", "http://127.0.0.1:1", "--key", key)
    assert isinstance(gone.exception, Refused)


@pytest.mark.parametrize("path", ["/v1/log/checkpoint", "/log/checkpoint", "/status-lists"])
async def test_these_need_no_sign_in(platform: TestPlatform, path: str) -> None:
    port = platform.service("e-license").fields["http_port"]
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}{path}")).status_code == 200
