"""Merkle trees of RFC 9162: how leaves and nodes are hashed, and how the proofs of a log are checked.

Own code: PyPI's libraries keep a tree in their own storage, and check only proofs that they have made themselves.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 9162 section 2.1.1)."""


class ProofInvalid(ValueError):
    """A proof does not show what it should; the text says why."""


def leaf_hash(leaf: bytes) -> bytes:
    """Returns the hash of a leaf (RFC 9162 section 2.1.1)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Returns the hash of the node above two others (RFC 9162 section 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Checks by RFC 9162 section 2.1.3.2 that the leaf hash stands at `index`, from 0, in the tree of `size` leaves.

    Raises ProofInvalid, also for an index past the end.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"index {index} is past the end of a tree of {size} leaves")
    _check_lengths([leaf, root, *proof])
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("the proof is too short")
    if found != root:
        raise ProofInvalid("the proof leads to another root")


def check_consistency(
    old_size: int, new_size: int, proof: Sequence[bytes], *, old_root: bytes, new_root: bytes
) -> None:
    """Checks by RFC 9162 section 2.1.4.2 that the larger tree begins with all leaves of the smaller one.

    Raises ProofInvalid, also for size 0, which is consistent with every tree and proves nothing, and where the new tree
    is smaller than the old one: such a log was rolled back.
    """
    if old_size < 1:
        raise ProofInvalid("a tree without leaves proves nothing")
    if new_size < old_size:
        raise ProofInvalid(f"the log was rolled back: it had {old_size} leaves and has {new_size}")
    _check_lengths([old_root, new_root, *proof])
    if old_size == new_size:
        if proof:
            raise ProofInvalid("the proof is too long")
        if old_root != new_root:
            raise ProofInvalid("two roots for one size: the log shows different trees")
        return
    _walk_consistency(old_size, new_size, proof, old_root, new_root)


def _walk_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    rest = [old_root, *proof] if old_size & (old_size - 1) == 0 else [*proof]
    if not proof:
        raise ProofInvalid("the proof is too short")
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = rest[0]
    for each in rest[1:]:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if place & 1 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, each)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("the proof is too short")
    if old != old_root:
        raise ProofInvalid("the proof leads to another old root")
    if new != new_root:
        raise ProofInvalid("the proof leads to another new root")


def _check_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofInvalid("a hash has not 32 bytes")


class CompactRange:
    """Computes the root of leaves that are given one after the other, and keeps no more than a hash a level."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []
        """Roots of the complete subtrees, the largest first."""

    def append(self, leaf: bytes) -> None:
        """Adds a leaf hash."""
        found, before = leaf, self.size
        while before & 1:
            found, before = node_hash(self._peaks.pop(), found), before >> 1
        self._peaks.append(found)
        self.size += 1

    def root(self) -> bytes:
        """Returns the root of the leaves so far."""
        return root_of(self._peaks)


def root_of(peaks: Sequence[bytes]) -> bytes:
    """Returns the root above complete subtrees, which are given from left to right."""
    if not peaks:
        return EMPTY_ROOT
    found = peaks[-1]
    for each in reversed(peaks[:-1]):
        found = node_hash(each, found)
    return found
