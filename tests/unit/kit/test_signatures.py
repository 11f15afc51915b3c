"""Who signed a message: every part of it counts, and so does whose subject it is."""

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.signatures import HEADER, HEARTBEAT, MESSAGE_ID, NotOfItsPublisher, Signer, Verifier
from pingshan_tools import secret_files

from tests.support.events import signer_of

SUBJECT = "workflow.case.closed.v1"
EVENT = "01920000-0000-7000-8000-000000000001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    secret_files.make(tmp_path / "secrets", tmp_path / "jwks.json")
    return tmp_path


def verifier(folder: Path) -> Verifier:
    return Verifier(folder / "jwks.json")


def refusal(verifier: Verifier, subject: str, headers: dict[str, str] | None, payload: bytes) -> str:
    with pytest.raises(NotOfItsPublisher) as refused:
        verifier.check(subject, headers, payload)
    return refused.value.reason


def test_what_its_publisher_signed_is_accepted(folder: Path) -> None:
    headers = signer_of(folder / "secrets", "workflow").headers(SUBJECT, EVENT, b"{}")
    verifier(folder).check(SUBJECT, headers | {"traceparent": "any"}, b"{}")
    beat = signer_of(folder / "secrets", "identity").headers(HEARTBEAT, "", b"{}")
    verifier(folder).check(HEARTBEAT, beat, b"{}")
    assert MESSAGE_ID not in beat


def test_every_part_is_signed(folder: Path) -> None:
    headers = signer_of(folder / "secrets", "workflow").headers(SUBJECT, EVENT, b"{}")
    check = verifier(folder)
    assert refusal(check, SUBJECT, headers, b"{ }") == "wrong signature"
    assert refusal(check, "workflow.task.decided.v1", headers, b"{}") == "wrong signature"
    assert refusal(check, SUBJECT, headers | {MESSAGE_ID: EVENT[:-1] + "2.x"}, b"{}") == "wrong signature"
    # A part's end cannot move into the next part.
    assert refusal(check, SUBJECT, headers | {MESSAGE_ID: EVENT + "{.x"}, b"}") == "wrong signature"


@pytest.mark.parametrize("headers", [None, {}, {HEADER: ""}, {HEADER: "no colon"}, {"Nats-Msg-Id": EVENT}])
def test_what_is_not_signed_is_refused(folder: Path, headers: dict[str, str] | None) -> None:
    assert refusal(verifier(folder), SUBJECT, headers, b"{}") in {"unsigned", "signed by another"}


def test_only_the_declared_publisher_counts(folder: Path) -> None:
    check = verifier(folder)
    for service in ("wifi-portal", "identity", "alerts", "e-license"):
        headers = signer_of(folder / "secrets", service).headers(SUBJECT, EVENT, b"{}")
        assert refusal(check, SUBJECT, headers, b"{}") == "signed by another"
        # Nor does a key help that the service calls another's.
        name, _, signature = headers[HEADER].partition(":")
        renamed = headers | {HEADER: f"workflow.{name.rpartition('.')[2]}:{signature}"}
        assert refusal(check, SUBJECT, renamed, b"{}") == "unknown key"
    assert refusal(check, "nobody.declares.this.v1", headers, b"{}") == "signed by another"


@pytest.mark.parametrize("signature", ["", "AAAA", "*", "é", "A" * 86 + "==", "A" * 9_999])
def test_a_malformed_signature_is_refused_and_not_failed(folder: Path, signature: str) -> None:
    name = signer_of(folder / "secrets", "workflow").headers(SUBJECT, EVENT, b"{}")[HEADER].partition(":")[0]
    assert refusal(verifier(folder), SUBJECT, {HEADER: f"{name}:{signature}"}, b"{}") == "wrong signature"


def test_a_made_up_key_is_unknown(folder: Path) -> None:
    headers = Signer("workflow", Ed25519PrivateKey.generate()).headers(SUBJECT, EVENT, b"{}")
    assert refusal(verifier(folder), SUBJECT, headers, b"{}") == "unknown key"


def test_keys_overlap_until_the_older_one_is_withdrawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pingshan_kit.events.signatures._LOOK_AGAIN", 0)
    secrets, check = folder / "secrets", verifier(folder)
    older = signer_of(secrets, "workflow").headers(SUBJECT, EVENT, b"{}")
    check.check(SUBJECT, older, b"{}")
    secret_files.add_event_key(secrets, "workflow")
    make(folder)
    newer = signer_of(secrets, "workflow").headers(SUBJECT, EVENT, b"{}")
    assert newer[HEADER] != older[HEADER]
    assert newer[MESSAGE_ID] != older[MESSAGE_ID], "JetStream would drop what the new key signs of the same event"
    check.check(SUBJECT, older, b"{}")
    check.check(SUBJECT, newer, b"{}")
    secret_files.withdraw_event_keys(secrets, "workflow")
    make(folder)
    check.check(SUBJECT, newer, b"{}")
    assert refusal(check, SUBJECT, older, b"{}") == "unknown key"


def test_a_broken_file_of_keys_leaves_what_is_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pingshan_kit.events.signatures._LOOK_AGAIN", 0)
    check = verifier(folder)
    headers = signer_of(folder / "secrets", "workflow").headers(SUBJECT, EVENT, b"{}")
    check.check(SUBJECT, headers, b"{}")
    (folder / "jwks.json").write_text('{"keys": [')
    check.check(SUBJECT, headers, b"{}")
    with pytest.raises(Unavailable):  # it may be in the file: whoever gave the message up would lose an event
        check.check(SUBJECT, Signer("workflow", Ed25519PrivateKey.generate()).headers(SUBJECT, EVENT, b"{}"), b"{}")
    make(folder)
    assert refusal(check, SUBJECT, {**headers, HEADER: "workflow.0:AAAA"}, b"{}") == "unknown key"


def test_refusals_are_counted_by_subject_and_reason(folder: Path) -> None:
    check = verifier(folder)
    assert [check.accepts(SUBJECT, None, b"{}") for _ in range(3)] == [False] * 3
    assert not check.accepts(HEARTBEAT, {HEADER: "identity.0:AAAA"}, b"{}")
    assert dict(check.refused) == {(SUBJECT, "unsigned"): 3, (HEARTBEAT, "unknown key"): 1}


def test_the_public_file_holds_no_private_key(folder: Path) -> None:
    text = (folder / "jwks.json").read_text()
    assert {document["kty"] for document in json.loads(text)["keys"]} == {"EC"}, "who calls is proven as before"
    for service in ("identity", "workflow"):
        assert secret_files.read(folder / "secrets", service, "event_key") not in text
        assert not any("d" in document for document in json.loads(text)["event_keys"])
    assert (folder / "jwks.json").stat().st_mode & 0o777 == 0o644


def make(folder: Path) -> None:
    secret_files.make(folder / "secrets", folder / "jwks.json")
    status = (folder / "jwks.json").stat()
    os.utime(folder / "jwks.json", ns=(status.st_atime_ns, status.st_mtime_ns + 1))
