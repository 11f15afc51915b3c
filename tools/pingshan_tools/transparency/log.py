"""Checks the transparency log: one proof, that it only grew, or all of it.

Whoever checks brings the log's public key, and the checkpoint that they have seen last: a log that shows somebody
another past than before, or a shorter one, is refused.
"""

import json
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pingshan_values.log_proof import InclusionProof
from pingshan_values.merkle import EMPTY_ROOT, CompactRange, ProofInvalid, check_consistency
from pingshan_values.signed_note import Checkpoint, NoteInvalid, VerifierKey, opened

from pingshan_tools.transparency import Refused

_SECONDS = 30
_MOST_BYTES = 10_000_000


def key_of(text: str) -> VerifierKey:
    """Reads the log's public key from a text, or from the file that it names. Raises Refused."""
    file = Path(text)
    try:
        return VerifierKey.parse(file.read_text("utf-8") if file.exists() else text)
    except (NoteInvalid, OSError, UnicodeDecodeError) as error:
        raise Refused(f"the key: {error}") from error


def checkpoint_of(note: str, key: VerifierKey) -> Checkpoint:
    """Returns what the log signed. Raises Refused."""
    try:
        return opened(note, key, _verify)
    except NoteInvalid as error:
        raise Refused(f"the checkpoint: {error}") from error


def proven(document: Any, key: VerifierKey) -> tuple[InclusionProof, Checkpoint]:
    """Returns the proof and the checkpoint in whose log its entry is. Raises Refused."""
    try:
        proof = InclusionProof.of(document)
        return proof, proof.check(key, _verify)
    except ProofInvalid as error:
        raise Refused(f"the proof: {error}") from error


def check_growth(remembered: Checkpoint, shown: Checkpoint, consistency: Any) -> None:
    """Refuses a log that is not the one remembered, grown: rolled back, or with another past.

    `consistency` is the answer of `/v1/log/consistency` for the two sizes, None where there is none. Raises Refused.
    """
    old, new = (remembered, shown) if remembered.size <= shown.size else (shown, remembered)
    proof = [] if consistency is None else _proof_of(consistency)
    if consistency is None and old.size != new.size:
        raise Refused(
            f"nothing joins the checkpoints of {old.size} and {new.size} entries: give --consistency or --log"
        )
    try:
        check_consistency(old.size, new.size, proof, old_root=old.root, new_root=new.root)
    except ProofInvalid as error:
        raise Refused(f"the log is not the one that was seen before: {error}") from error


def walk(hashes: Iterable[bytes], shown: Checkpoint, remembered: Checkpoint | None) -> None:
    """Computes the root from all leaf hashes, and at the remembered size on the way. Raises Refused."""
    if remembered is not None and shown.size < remembered.size:
        raise Refused(f"the log was rolled back: it had {remembered.size} entries and has {shown.size}")
    every = CompactRange()
    for each in hashes:
        every.append(each)
        if every.size > shown.size:
            raise Refused(f"there are more leaf hashes than the {shown.size} that were signed")
        if remembered is not None and every.size == remembered.size and every.root() != remembered.root:
            raise Refused(f"the first {remembered.size} entries are not those that were seen before")
    if every.size < shown.size:
        raise Refused(f"there are {every.size} leaf hashes, and {shown.size} were signed")
    if (every.root() if every.size else EMPTY_ROOT) != shown.root:
        raise Refused("the leaf hashes do not lead to the root that was signed")


def hashes_in(file: Path) -> Iterator[bytes]:
    """Yields the leaf hashes of an export: one a line, in base64. Raises Refused."""
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield _octets(line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read: {type(error).__name__}") from error


class LogClient:
    """Asks a log over HTTP; what it answers is checked, not believed."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address.rstrip("/"), timeout=_SECONDS)

    def note(self) -> str:
        """Returns the newest checkpoint. Raises Refused."""
        return str(self._get("/v1/log/checkpoint").get("checkpoint"))

    def consistency(self, old: int, new: int) -> Any:
        """Returns the proof that joins two sizes. Raises Refused."""
        return self._get("/v1/log/consistency", {"from": old, "to": new})

    def hashes(self, size: int) -> Iterator[bytes]:
        """Yields the first `size` leaf hashes. Raises Refused."""
        begin = 0
        while begin < size:
            page = self._get("/v1/log/leaf-hashes", {"begin": begin}).get("hashes")
            if not isinstance(page, list) or not page:
                raise Refused(f"the log shows no leaf hash from index {begin}")
            for each in page[: size - begin]:
                yield _octets(each)
            begin += len(page)

    def _get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        try:
            with self._http.stream("GET", path, params=query) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise Refused(f"the log answers {path} with {answer.status_code}")
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise Refused(f"the log answers {path} with too much")
            found = json.loads(bytes(body))
        except (httpx.HTTPError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise Refused(f"the log does not answer {path}: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise Refused(f"the log answers {path} with something else")
        return found


def _proof_of(consistency: Any) -> list[bytes]:
    proof = consistency.get("proof") if isinstance(consistency, dict) else None
    if not isinstance(proof, list):
        raise Refused("the consistency proof is no answer of /v1/log/consistency")
    return [_octets(each) for each in proof]


def _octets(text: Any) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError, TypeError) as error:
        raise Refused("a hash is no base64") from error


def _verify(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
