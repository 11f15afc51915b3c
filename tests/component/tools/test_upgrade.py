"""A database that the first version filled comes up with this one: migrated, found, read, and its queue handled."""

import gzip
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import pytest
from pingshan_kit.crypto import PersonalData
from pingshan_kit.jobs import reencryption
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.migrate import store_of
from pingshan_kit.storage.tables import ENCRYPTED_ROW
from pingshan_tools import secret_files
from pingshan_tools.addresses import package_name
from pingshan_tools.edges import SERVICES
from sqlalchemy import select

from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import Running

LANDED = Path(__file__).with_name("landed")
DATA_KEY = bytes([1]) * 32
NEW_SECRETS = ("index_key", "csrf_key", "sign_in_attempt_key", "held_sign_outs_key")
META_COMMAND = re.compile(r"^\\.*$", re.MULTILINE)

INDEXED = {
    "identity": [
        ("person", "mobile_index", "mobile_encrypted", ""),
        ("representation", "holder_index", "holder_encrypted", ""),
    ],
    "e-license": [("license", "holder_code_index", "holder_code", "")],
    "workflow": [("case_file", "applicant_index", "applicant_code", "")],
    "wifi-portal": [("visitor", "mobile_index", "mobile", "mobile:")],
    "alerts": [],
}
"""Table, keyed hash, the encrypted text that is hashed, and what stands before it then."""


@pytest.fixture(scope="module")
def secrets(platform: TestPlatform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the first version, as the launcher of this one completes it."""
    folder = tmp_path_factory.mktemp("landed") / "secrets"
    shutil.copytree(platform.addresses.secrets, folder)
    for service in SERVICES:
        (folder / service / "data_key").write_text(DATA_KEY.hex() + "\n")
        for name in NEW_SECRETS:
            (folder / service / name).unlink(missing_ok=True)
    secret_files.make(folder, folder / "service_jwks.json")
    return folder


@pytest.fixture(scope="module", params=SERVICES)
async def bound(request: pytest.FixtureRequest, platform: TestPlatform, secrets: Path) -> BoundService:
    """The service on its database of the first version, migrated and seeded by this one."""
    service: str = request.param
    empty = platform.service(service, migrated=False)
    script = gzip.decompress((LANDED / f"{service.replace('-', '_')}.sql.gz").read_bytes()).decode()
    await _load(platform, empty, script, secret_files.read(secrets, service, "owner_database_password"))
    shared, own = str(platform.addresses.secrets), str(secrets)
    landed = replace(empty, fields={name: text.replace(shared, own) for name, text in empty.fields.items()})
    landed.run("migrate")
    landed.run("seed")
    return landed


async def _load(platform: TestPlatform, empty: BoundService, script: str, password: str) -> None:
    url = empty.fields["owner_database_url"].replace("postgresql+asyncpg", "postgresql")
    owner = await asyncpg.connect(url, password=password)
    try:
        await owner.execute(META_COMMAND.sub("", script))
    finally:
        await owner.close()


@pytest.fixture(scope="module")
def settings(bound: BoundService) -> ServiceSettings:
    module = __import__(f"{package_name(bound.service)}.settings", fromlist=["Settings"])
    made: ServiceSettings = bound.settings(module.Settings)
    return made


@pytest.fixture(scope="module")
async def database(settings: ServiceSettings) -> AsyncIterator[Database]:
    database = Database.from_settings(settings)
    yield database
    await database.close()


async def test_keyed_hashes_still_match(bound: BoundService, settings: ServiceSettings, database: Database) -> None:
    personal, tables = PersonalData.from_settings(settings), store_of(type(settings)).metadata.tables
    for name, indexed, encrypted, prefix in INDEXED[bound.service]:
        table = tables[name]
        async with database.read() as tx:
            rows = (await tx.execute(select(table).where(table.c[encrypted].is_not(None)))).mappings().all()
        assert rows, f"{name} is empty: nothing is shown"
        for row in rows:
            place = table.c[encrypted].info[ENCRYPTED_ROW].format(**row)
            text = personal.decrypt(row[encrypted], table=name, column=encrypted, row=place)
            assert personal.index(prefix + text) == row[indexed]


async def test_the_running_service_is_ready_and_knows_every_queued_job(
    platform: TestPlatform, bound: BoundService
) -> None:
    running = Running(bound.program(), platform.folder).start()
    try:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{bound.fields['http_port']}/readyz")
        assert answer.status_code == 200
        assert answer.json().get("unhandled", []) == []
    finally:
        running.stop()


async def test_everything_encrypted_moves_to_a_new_key(settings: ServiceSettings, database: Database) -> None:
    """Which it can only where the marks name what the first version encrypted with."""
    both = PersonalData([bytes([2]) * 32, DATA_KEY], settings.key("index_key"))
    metadata = store_of(type(settings)).metadata
    await reencryption.reencrypt(database, both, metadata)
    async with database.read() as tx:
        used = await reencryption.key_use(tx, both, metadata)
    assert sum(use.newest for use in used.values()) > 0
    assert [place for place, use in used.items() if use.older or use.unknown] == []
