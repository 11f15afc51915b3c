"""Checkpoints of a log as signed notes: https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note.

A note is text, an empty line, and a line for each signature. Ed25519 itself is the caller's: this is text alone.

Own code: the formats' libraries are written in Go.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

_ED25519 = b"\x01"
_ID_BYTES = 4
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LONGEST = 16_384

Verify = Callable[[bytes, bytes, bytes], bool]
"""Returns whether the Ed25519 public key (32 bytes) made the signature of the message: (key, signature, message)."""


class NoteInvalid(ValueError):
    """A text is no checkpoint, or nobody known signed it; the text of the error says why."""


@dataclass(frozen=True)
class VerifierKey:
    """Holds the name and the Ed25519 public key of who signs a note."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Returns the first four bytes of the hash over name, type and key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """Returns the key as text: `<name>+<key id>+<key>`."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(_ED25519 + self.public_key).decode()}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Reads what `str` writes. Raises NoteInvalid."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _bytes(encoded)
        if not _NAME.fullmatch(name) or key[:1] != _ED25519 or len(key) != 33:
            raise NoteInvalid("this is no Ed25519 verifier key <name>+<id>+<key>")
        made = cls(name, key[1:])
        if made.key_id.hex() != key_id:
            raise NoteInvalid("the key id does not fit name and key")
        return made


@dataclass(frozen=True)
class Checkpoint:
    """Says that the log `origin` had this root at this size."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Returns the text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def signed(checkpoint: Checkpoint, key: VerifierKey, sign: Callable[[bytes], bytes]) -> str:
    """Returns the checkpoint with one signature; `sign` makes it by Ed25519."""
    body = checkpoint.body()
    signature = b64encode(key.key_id + sign(body.encode())).decode()
    return f"{body}\n\u2014 {key.name} {signature}\n"


def opened(note: str, key: VerifierKey, verify: Verify) -> Checkpoint:
    """Returns the checkpoint of a note that the key signed. Raises NoteInvalid.

    Signatures of others, such as witnesses, are left out of account.
    """
    body, signatures = _parts(note)
    checkpoint = _checkpoint(body)
    if checkpoint.origin != key.name:
        raise NoteInvalid(f"the checkpoint is of another log: {checkpoint.origin}")
    for name, blob in signatures:
        if name == key.name and blob[:_ID_BYTES] == key.key_id:
            if not verify(key.public_key, blob[_ID_BYTES:], body.encode()):
                raise NoteInvalid("the signature is wrong: the checkpoint was changed, or is of another key")
            return checkpoint
    raise NoteInvalid("the key did not sign this checkpoint")


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > _LONGEST:
        raise NoteInvalid("the text is too long for a checkpoint")
    text, found, below = note.rpartition("\n\n")
    if not found or not below.endswith("\n"):
        raise NoteInvalid("the text has no signature")
    lines = below.removesuffix("\n").split("\n")
    return f"{text}\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if mark != "\u2014" or not _NAME.fullmatch(name):
        raise NoteInvalid("a line below the text is no signature")
    return name, _bytes(encoded)


def _checkpoint(body: str) -> Checkpoint:
    lines = body.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NoteInvalid("the text is no checkpoint: origin, size, root")
    root = _bytes(lines[2])
    if len(root) != 32:
        raise NoteInvalid("the root has not 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def _bytes(text: str) -> bytes:
    """Returns the bytes of a canonical base64 text: another spelling would be another note."""
    try:
        found = b64decode(text, validate=True)
    except (Error, ValueError) as error:
        raise NoteInvalid("a part is no base64") from error
    if b64encode(found).decode() != text:
        raise NoteInvalid("a part is no canonical base64")
    return found
