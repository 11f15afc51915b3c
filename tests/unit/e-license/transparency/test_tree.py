"""Proofs from complete subtrees, against an implementation that recurses as RFC 9162 writes it, and its verifier."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_e_license.domain.transparency.tree import (
    Node,
    Span,
    consistency_spans,
    grown,
    hash_of,
    inclusion_spans,
    nodes_of,
)
from pingshan_values.merkle import check_consistency, check_inclusion


def mth(leaves: list[bytes]) -> bytes:
    """Section 2.1.1; the leaves are hashed already."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + mth(leaves[:middle]) + mth(leaves[middle:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """Section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if index < middle:
        return [*path(index, leaves[:middle]), mth(leaves[middle:])]
    return [*path(index - middle, leaves[middle:]), mth(leaves[:middle])]


def subproof(old: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """Section 2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [mth(leaves)]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= middle:
        return [*subproof(old, leaves[:middle], whole=whole), mth(leaves[middle:])]
    return [*subproof(old - middle, leaves[middle:], whole=False), mth(leaves[:middle])]


def leaves_of(size: int) -> list[bytes]:
    return [sha256(number.to_bytes(4)).digest() for number in range(size)]


def tree(*batches: int) -> dict[Node, bytes]:
    """All complete subtrees of a log that grew by these batches."""
    hashes: dict[Node, bytes] = {}
    size, every = 0, leaves_of(sum(batches))
    for batch in batches:
        peaks = [hashes[node] for node in nodes_of(Span(0, size))]
        hashes |= dict(grown(size, peaks, every[size : size + batch]))
        size += batch
    return hashes


@given(st.lists(st.integers(0, 20), max_size=8))
def test_batches_of_any_size_make_one_tree(batches: list[int]) -> None:
    assert tree(*batches) == tree(*[1] * sum(batches))
    assert len(tree(*batches)) < 2 * sum(batches) + 1


@pytest.mark.parametrize("size", [*range(1, 40), 64, 65])
def test_every_inclusion_proof(size: int) -> None:
    leaves, hashes = leaves_of(size), tree(size)
    root = mth(leaves)
    assert hash_of(Span(0, size), hashes) == root
    for index in range(size):
        proof = [hash_of(span, hashes) for span in inclusion_spans(index, size)]
        assert proof == path(index, leaves)
        check_inclusion(leaves[index], index, size, proof, root)


@pytest.mark.parametrize("new", [*range(1, 40), 64, 65])
def test_every_consistency_proof(new: int) -> None:
    leaves, hashes = leaves_of(new), tree(new)
    for old in range(1, new + 1):
        proof = [hash_of(span, hashes) for span in consistency_spans(old, new)]
        assert proof == subproof(old, leaves, whole=True)
        check_consistency(old, new, proof, old_root=mth(leaves[:old]), new_root=mth(leaves))


@given(st.integers(1, 10**12), st.data())
def test_a_proof_of_a_large_log_needs_few_subtrees(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    spans = [*inclusion_spans(index, size), *consistency_spans(index + 1, size)]
    assert sum(len(nodes_of(span)) for span in spans) < 4 * 41


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (6, 5)])
def test_an_index_past_the_end_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="past the end"):
        inclusion_spans(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (0, 0), (6, 5), (-1, 5)])
def test_size_0_and_rollbacks_have_no_proof(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no proof"):
        consistency_spans(old, new)
