"""Entries of the transparency log, and documents that prove that an entry is in it.

The log publishes hashes only. What an entry says is committed to under a salt, so that nobody can guess it; whoever is
shown salt and content sees that they are what was committed to.

Own code: https://c2sp.org/tlog-proof carries neither the entry nor what opens it.
"""

import hmac
import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pingshan_values.merkle import ProofInvalid, check_inclusion, leaf_hash
from pingshan_values.signed_note import Checkpoint, NoteInvalid, VerifierKey, Verify, opened

SALT_BYTES = 32
_LEAF = {"commitment", "entry_id", "kind", "recorded_at"}
_MOST_HASHES = 64


def canonical(value: Mapping[str, Any]) -> bytes:
    """Returns JSON that is the same for the same value: members sorted, no spaces, ASCII.

    Raises ValueError for anything but texts, whole numbers, truth values, nulls, lists and objects of these: how other
    numbers are written is not settled.
    """
    _check_plain(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def commitment(salt: bytes, content: Mapping[str, Any]) -> bytes:
    """Returns HMAC-SHA-256 (32 bytes) of the content under its salt."""
    return hmac.digest(salt, canonical(content), "sha256")


def leaf_members(*, entry_id: str, kind: str, committed: bytes, recorded_at: datetime) -> dict[str, str]:
    """Returns the members of a leaf, all of them texts."""
    moment = recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"commitment": base64url(committed), "entry_id": entry_id, "kind": kind, "recorded_at": moment}


def base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass(frozen=True)
class Opening:
    """Holds what an entry says, and the salt under which the log committed to it."""

    salt: bytes
    content: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        return {"salt": base64url(self.salt), "content": dict(self.content)}

    @classmethod
    def of(cls, document: Any) -> "Opening":
        """Reads what `document` writes. Raises ProofInvalid."""
        if not isinstance(document, dict) or document.keys() != {"salt", "content"}:
            raise ProofInvalid("the opening has not just salt and content")
        if not isinstance(document["content"], dict):
            raise ProofInvalid("the content is no object")
        return cls(_octets(document["salt"], url=True), document["content"])


@dataclass(frozen=True)
class InclusionProof:
    """Shows that a leaf is in the log of a checkpoint; with an opening, also what the leaf says."""

    leaf: Mapping[str, str]
    index: int
    proof: Sequence[bytes]
    checkpoint: str
    """The signed note."""
    opening: Opening | None = None

    def document(self) -> dict[str, Any]:
        """Returns the proof as JSON values, which whoever keeps it can check without the log."""
        made: dict[str, Any] = {
            "leaf": dict(self.leaf),
            "index": self.index,
            "proof": [b64encode(each).decode() for each in self.proof],
            "checkpoint": self.checkpoint,
        }
        return made | ({"opening": self.opening.document()} if self.opening else {})

    @classmethod
    def of(cls, document: Any) -> "InclusionProof":
        """Reads what `document` writes. Raises ProofInvalid."""
        if not isinstance(document, dict) or not {"leaf", "index", "proof", "checkpoint"} <= document.keys():
            raise ProofInvalid("this is no proof document: leaf, index, proof, checkpoint")
        leaf, index, proof, checkpoint = (document[name] for name in ("leaf", "index", "proof", "checkpoint"))
        if (
            not isinstance(leaf, dict)
            or leaf.keys() != _LEAF
            or not all(isinstance(each, str) for each in leaf.values())
        ):
            raise ProofInvalid("the leaf has not just commitment, entry_id, kind and recorded_at")
        if not isinstance(index, int) or isinstance(index, bool) or not isinstance(checkpoint, str):
            raise ProofInvalid("index or checkpoint is of a wrong type")
        if not isinstance(proof, list) or len(proof) > _MOST_HASHES:
            raise ProofInvalid("the proof is no list of hashes")
        hashes = [_octets(each) for each in proof]
        opening = document.get("opening")
        return cls(leaf, index, hashes, checkpoint, None if opening is None else Opening.of(opening))

    def check(self, key: VerifierKey, verify: Verify) -> Checkpoint:
        """Returns the checkpoint in whose log the leaf is. Raises ProofInvalid."""
        try:
            head = opened(self.checkpoint, key, verify)
        except NoteInvalid as error:
            raise ProofInvalid(str(error)) from error
        check_inclusion(leaf_hash(canonical(self.leaf)), self.index, head.size, self.proof, head.root)
        if self.opening is not None and not self._opens(self.opening):
            raise ProofInvalid("content and salt are not what the log committed to")
        return head

    def _opens(self, opening: Opening) -> bool:
        try:
            found = commitment(opening.salt, opening.content)
        except ValueError as error:
            raise ProofInvalid(str(error)) from error
        return base64url(found) == self.leaf["commitment"]


def _octets(text: Any, *, url: bool = False) -> bytes:
    """Returns the bytes of a canonical base64 text. Raises ProofInvalid."""
    if not isinstance(text, str):
        raise ProofInvalid("a hash is no text")
    try:
        found = urlsafe_b64decode(text + "=" * (-len(text) % 4)) if url else b64decode(text, validate=True)
    except (Error, ValueError) as error:
        raise ProofInvalid("a part is no base64") from error
    if (base64url(found) if url else b64encode(found).decode()) != text:
        raise ProofInvalid("a part is no canonical base64")
    return found


def _check_plain(value: Any) -> None:
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise ValueError("a member's name is no text")
        for each in value.values():
            _check_plain(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _check_plain(each)
    elif value is not None and not isinstance(value, str | int):
        raise ValueError(f"a value of type {type(value).__name__} has no settled JSON")
