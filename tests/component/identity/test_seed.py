"""Seeding again changes nothing but addresses; first passwords are in files that only their owner reads."""

import stat
from pathlib import Path
from typing import Any

import asyncpg

from tests.support.identity.parties import Identity, load
from tests.support.platform import BoundService, TestPlatform

TABLES = ("organisation", "person", "password", "person_post", "post", "post_role", "client", "client_role",
          "representation")  # fmt: skip


async def contents(platform: TestPlatform) -> dict[str, list[Any]]:
    database = await asyncpg.connect(platform.database_admin_url("identity"))
    try:
        return {name: sorted(map(str, await database.fetch(f'SELECT * FROM "{name}"'))) for name in TABLES}
    finally:
        await database.close()


async def test_a_second_seed_changes_nothing(
    identity: Identity, platform: TestPlatform, bound_identity: BoundService
) -> None:
    before, files = await contents(platform), load(Path(bound_identity.fields["sign_ins_file"]))
    bound_identity.run("seed")
    assert await contents(platform) == before
    assert load(Path(bound_identity.fields["sign_ins_file"])) == files
    assert len(before["organisation"]) == 30
    assert len(before["client"]) == 29 + 17 + 2
    assert len(before["person"]) == 30 + 7 + 5
    assert len(before["password"]) == len(before["person"])


async def test_what_administrators_changed_stays(
    identity: Identity, platform: TestPlatform, bound_identity: BoundService
) -> None:
    database = await asyncpg.connect(platform.database_admin_url("identity"))
    change = "UPDATE client SET required_level = 3, secret_hash = $1, redirect_uris = '{}' WHERE client_id = 'mail'"
    try:
        await database.execute(change, bytes(32))
        bound_identity.run("seed")
        row = await database.fetchrow("SELECT * FROM client WHERE client_id = 'mail'")
    finally:
        await database.close()
    assert (row["required_level"], row["secret_hash"]) == (3, bytes(32))
    assert row["redirect_uris"] == [identity.district("mail").redirect_uri]


def test_first_passwords_are_for_the_owner_only(identity: Identity, bound_identity: BoundService) -> None:
    sign_ins = Path(bound_identity.fields["sign_ins_file"])
    for file in (sign_ins, sign_ins.with_name("client_secrets.json")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    passwords = [secret for realm in ("staff", "public") for secret in identity.sign_ins[realm].values()]
    assert len(set(passwords)) == len(passwords) == 42
    assert min(len(secret) for secret in identity.client_secrets.values()) >= 43


def test_everyone_can_sign_in(identity: Identity) -> None:
    for login in ("window01", "wifi01", "operator01", "hall02", "admin01", "secadmin01", "audit01", "+8613800000005"):
        assert identity.sign_in(identity.browser(), login).status_code == 303
