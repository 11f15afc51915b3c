"""Checkpoints as signed notes, also by the known answer of the format's page."""

from base64 import b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pingshan_values.signed_note import Checkpoint, NoteInvalid, VerifierKey, opened, signed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OURS = VerifierKey("e-license.example/log", KEY.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint("e-license.example/log", 20852163, bytes(range(32)))
NOTE = signed(CHECKPOINT, OURS, KEY.sign)


def verify(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_what_was_signed_is_read() -> None:
    assert NOTE.startswith("e-license.example/log\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n\u2014 ")
    assert opened(NOTE, OURS, verify) == CHECKPOINT
    assert VerifierKey.parse(str(OURS)) == OURS


def test_the_key_of_go_note_by_its_known_answer() -> None:
    """The public key in the example of golang.org/x/mod/sumdb/note, and the note that it signed."""
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    blob = b64decode(signature)
    assert blob[:4] == key.key_id
    assert verify(key.public_key, blob[4:], text.encode())


@pytest.mark.parametrize(
    "changed",
    [
        NOTE.replace("20852163", "20852164"),
        NOTE.replace("AAECAw", "AAECBA"),
        NOTE.replace("e-license.example/log\n", "other.example/log\n", 1),
        NOTE.replace("20852163", "020852163"),
        NOTE.rstrip("\n"),
        NOTE.replace("\u2014 ", "- "),
        NOTE.split("\n\n")[0] + "\n",
        NOTE[:-6] + "AAAA=\n",
        "",
        "\n\n",
        NOTE + "x" * 20_000,
    ],
)
def test_a_changed_note_is_refused(changed: str) -> None:
    with pytest.raises(NoteInvalid):
        opened(changed, OURS, verify)


def test_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.generate()
    stranger = VerifierKey(OURS.name, other.public_key().public_bytes_raw())
    with pytest.raises(NoteInvalid, match="did not sign"):
        opened(NOTE, stranger, verify)


def test_signatures_of_witnesses_stand_beside() -> None:
    witness = VerifierKey("witness.example", Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    beside = signed(CHECKPOINT, witness, lambda _: bytes(64)).split("\n\n")[1]
    assert opened(NOTE + beside, OURS, verify) == CHECKPOINT


@pytest.mark.parametrize("text", ["", "a", "a+b", "a+00000000+AQ==", str(OURS).replace(OURS.key_id.hex(), "00000000")])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        VerifierKey.parse(text)
