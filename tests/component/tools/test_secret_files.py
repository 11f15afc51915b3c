"""Secrets: made once, taken over from an earlier version's folder, and a data key added to those that are there."""

from pathlib import Path

import pytest
from pingshan_kit.crypto import PersonalData
from pingshan_tools import secret_files
from pingshan_tools.edges import SERVICES

EARLIER_DATA_KEY = bytes(range(32))
DERIVED = {
    "index_key": "7bb6843bd5f095ce35f1bf2d8dd14bcd82136464d8a4599469d26f12e24ecc00",
    "csrf_key": "69fef1f5b78857fc979b321f911eda21f071fd9e30c7faf361eff4e7c2b48c0b",
    "sign_in_attempt_key": "4363569ebf254b0c73fcdbdea7348d78933eb5946083f5fdcd469393e4eff92b",
    "held_sign_outs_key": "5eb7d75d66b6d7cfe08a304cf159b9d099e99e1f1880eaee5e529b388365fe0e",
}
"""What the version without these secrets computed from that data key: known answers, taken from its code."""


def _make(folder: Path) -> Path:
    secret_files.make(folder / "secrets", folder / "service_jwks.json")
    return folder / "secrets"


def _personal(secrets: Path, service: str) -> PersonalData:
    data_keys = [bytes.fromhex(line) for line in secret_files.read(secrets, service, "data_key").split()]
    return PersonalData(data_keys, bytes.fromhex(secret_files.read(secrets, service, "index_key")))


def test_a_new_platform_gets_random_keys_and_keeps_them(tmp_path: Path) -> None:
    secrets = _make(tmp_path)
    made = {file: file.read_text() for name in ("data_key", *DERIVED) for file in secrets.rglob(name)}
    assert len(made) == len(SERVICES) * 4 + 1, "held_sign_outs_key is identity's alone"
    assert len(set(made.values())) == len(made)
    _make(tmp_path)
    assert {file: file.read_text() for file in made} == made
    assert {file.stat().st_mode & 0o777 for file in made} == {0o600}


def test_an_earlier_platform_keeps_the_keys_that_it_derived(tmp_path: Path) -> None:
    for service in SERVICES:
        folder = tmp_path / "secrets" / service
        folder.mkdir(parents=True)
        (folder / "data_key").write_text(EARLIER_DATA_KEY.hex() + "\n")
    secrets = _make(tmp_path)
    assert {name: secret_files.read(secrets, "identity", name) for name in DERIVED} == DERIVED
    assert secret_files.read(secrets, "identity", "data_key") == EARLIER_DATA_KEY.hex()
    assert not (secrets / "alerts" / "held_sign_outs_key").exists()


def test_an_earlier_platform_whose_data_key_was_changed_keeps_the_index_of_its_newest(tmp_path: Path) -> None:
    folder = tmp_path / "secrets" / "identity"
    folder.mkdir(parents=True)
    (folder / "data_key").write_text(f"{EARLIER_DATA_KEY.hex()}\n{bytes(32).hex()}\n")
    assert secret_files.read(_make(tmp_path), "identity", "index_key") == DERIVED["index_key"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_added_data_key_encrypts_the_others_read_and_indexes_stay(tmp_path: Path, service: str) -> None:
    secrets = _make(tmp_path)
    place = {"table": "person", "column": "mobile", "row": "1"}
    before = _personal(secrets, service)
    blob = before.encrypt("+8613800000001", **place)
    secret_files.add_data_key(secrets, service)
    secret_files.add_data_key(secrets, service)
    after = _personal(secrets, service)
    assert after.decrypt(blob, **place) == "+8613800000001"
    assert after.index("+8613800000001") == before.index("+8613800000001")
    assert len(after.older_key_ids) == 2
    assert before.newest_key_id in after.older_key_ids
    assert after.newest_key_id != before.newest_key_id
    assert (secrets / service / "data_key").stat().st_mode & 0o777 == 0o600
