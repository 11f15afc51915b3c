"""The commands that an auditor or a personnel office runs: is the record whole, is this receipt ours?"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.identity.parties import Identity, submit
from tests.support.platform import BoundService
from tests.support.servers import until

PENDING = "SELECT 1 FROM record_pending"


def run(bound: BoundService, *command: str) -> subprocess.CompletedProcess[str]:
    return bound.ended(*command)


def test_a_record_changed_behind_the_service_is_found(identity: Identity, bound_identity: BoundService) -> None:
    identity.signed_in("water01")
    until(lambda: not identity.execute(PENDING))
    [count] = identity.execute("SELECT count(*) AS n FROM record_seal")
    whole = run(bound_identity, "verify-records")
    assert whole.returncode == 0, whole.stderr
    assert whole.stdout.startswith(f"whole: {count['n']} sealed records, "), whole.stdout
    [row] = identity.execute("SELECT id, actor FROM record ORDER BY id LIMIT 1")
    identity.execute("UPDATE record SET actor = 'person:somebody-else' WHERE id = $1", row["id"])
    broken = run(bound_identity, "verify-records")
    identity.execute("UPDATE record SET actor = $2 WHERE id = $1", row["id"], row["actor"])
    assert broken.returncode == 1
    assert f"record {row['id']} does not match seal" in broken.stderr
    assert run(bound_identity, "verify-records").returncode == 0


@pytest.mark.parametrize("service", ["alerts", "e-license"])
def test_every_service_has_the_command(platform_settings: Callable[..., BoundService], service: str) -> None:
    whole = run(platform_settings(service), "verify-records")
    assert (whole.returncode, whole.stdout.strip()) == (0, "whole: 0 sealed records, 0 heads"), whole.stderr


def test_a_receipt_file_is_checked(identity: Identity, bound_identity: BoundService, tmp_path: Path) -> None:
    page = identity.signed_in("water01")
    submit(page, "/account/sessions/end-all", {}, at="/account")
    identity.execute(
        "UPDATE logout_delivery SET state = 'given-up', failure = 'TIMEOUT', alive_until = NULL "
        "WHERE state IN ('pending', 'unsupported')"
    )
    query = "SELECT receipt, sign_out_id::text AS id FROM sign_out WHERE receipt IS NOT NULL LIMIT 1"
    until(lambda: identity.execute(query), seconds=40)
    [row] = identity.execute(query)
    file = tmp_path / "receipt.jws"
    file.write_text(row["receipt"] + "\n", encoding="utf-8")
    valid = run(bound_identity, "verify-receipt", str(file))
    assert valid.returncode == 0, valid.stderr
    assert f"valid: sign-out {row['id']}" in valid.stdout
    header, payload, signature = row["receipt"].split(".")
    file.write_text(f"{header}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}", encoding="utf-8")
    forged = run(bound_identity, "verify-receipt", str(file))
    assert forged.returncode == 1
    assert "refused" in forged.stderr
