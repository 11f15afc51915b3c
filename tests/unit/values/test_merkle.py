"""Hashes and proofs of RFC 9162, against published answers and a second implementation straight from its text."""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_values.merkle import (
    EMPTY_ROOT,
    CompactRange,
    ProofInvalid,
    check_consistency,
    check_inclusion,
    leaf_hash,
    node_hash,
)

VECTORS = json.loads((Path(__file__).parent / "merkle_vectors.json").read_text("utf-8"))
LEAVES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Roots of the first 0 to 8 of LEAVES: transparency-dev/merkle, testonly/constants.go."""


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, by recursion."""
    if len(leaves) < 2:
        return sha256(b"\0" + leaves[0]).digest() if leaves else sha256(b"").digest()
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + naive_root(leaves[:middle]) + naive_root(leaves[middle:])).digest()


def octets(vector: dict[str, Any], name: str) -> bytes:
    return b64decode(vector[name] or "")


def proof_of(vector: dict[str, Any]) -> list[bytes]:
    return [b64decode(each) for each in vector["proof"] or ()]


@pytest.mark.parametrize("size", range(9))
def test_roots_by_known_answers(size: int) -> None:
    compact = CompactRange()
    for each in LEAVES[:size]:
        compact.append(leaf_hash(each))
    assert (compact.size, compact.root().hex()) == (size, ROOTS[size])
    assert naive_root(LEAVES[:size]).hex() == ROOTS[size]


def test_leaf_and_node_are_hashed_apart() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert sha256(b"").digest() == EMPTY_ROOT


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda each: each["file"])
def test_inclusion_by_known_answers(vector: dict[str, Any]) -> None:
    def check() -> None:
        check_inclusion(
            octets(vector, "leafHash"),
            vector["leafIdx"],
            vector["treeSize"],
            proof_of(vector),
            octets(vector, "root"),
        )

    if vector["wantErr"]:
        with pytest.raises(ProofInvalid):
            check()
    else:
        check()


STRICTER_HERE = [
    each
    for each in VECTORS["consistency"]
    if not each["wantErr"] and (each["size1"] == 0 or len(b64decode(each["root1"])) != 32)
]
"""The published answers accept an empty proof from size 0, and a root that is no hash; here nobody may pass either."""


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda each: each["file"])
def test_consistency_by_known_answers(vector: dict[str, Any]) -> None:
    def check() -> None:
        old_root, new_root = octets(vector, "root1"), octets(vector, "root2")
        check_consistency(vector["size1"], vector["size2"], proof_of(vector), old_root=old_root, new_root=new_root)

    if vector["wantErr"] or vector in STRICTER_HERE:
        with pytest.raises(ProofInvalid):
            check()
    else:
        check()


def test_size_0_is_refused() -> None:
    with pytest.raises(ProofInvalid, match="proves nothing"):
        check_consistency(0, 8, [], old_root=EMPTY_ROOT, new_root=bytes.fromhex(ROOTS[8]))


def test_a_log_that_became_smaller_was_rolled_back() -> None:
    old, new = bytes.fromhex(ROOTS[8]), bytes.fromhex(ROOTS[7])
    with pytest.raises(ProofInvalid, match="rolled back"):
        check_consistency(8, 7, [], old_root=old, new_root=new)


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_the_compact_range_is_the_recursive_root(leaves: list[bytes]) -> None:
    compact = CompactRange()
    for each in leaves:
        compact.append(leaf_hash(each))
    assert compact.root() == naive_root(leaves)
