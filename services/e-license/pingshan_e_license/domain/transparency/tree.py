"""The log's Merkle tree by its complete subtrees: which are new, and of which a proof consists (RFC 9162 section 2.1).

A tree of n leaves keeps the roots of its complete subtrees only, which never change. A root or a proof is computed
from a few dozen of them, however large the log is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pingshan_values.merkle import node_hash, root_of


class Node(NamedTuple):
    """Names a complete subtree of 2^level leaves, the `number`-th of its level from 0."""

    level: int
    number: int


class Span(NamedTuple):
    """Names the leaves from `begin` up to, but not including, `end`."""

    begin: int
    end: int


def nodes_of(span: Span) -> list[Node]:
    """Returns the complete subtrees that make up the span, the leftmost first."""
    nodes, begin = [], span.begin
    while begin < span.end:
        level = (span.end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        nodes.append(Node(level, begin >> level))
        begin += 1 << level
    return nodes


def hash_of(span: Span, hashes: Mapping[Node, bytes]) -> bytes:
    """Returns the root above the span's leaves. Raises KeyError where a subtree is missing."""
    return root_of([hashes[each] for each in nodes_of(span)])


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Returns the spans whose roots prove that a leaf stands at `index` in a tree of `size` (section 2.1.3.1).

    Raises ValueError for an index past the end.
    """
    if not 0 <= index < size:
        raise ValueError(f"index {index} is past the end of a tree of {size} leaves")
    spans, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """Returns the spans whose roots prove that a tree of `new` leaves begins with that of `old` (section 2.1.4.1).

    Raises ValueError unless 0 < old <= new: a tree without leaves proves nothing.
    """
    if not 0 < old <= new:
        raise ValueError(f"no proof leads from {old} to {new} leaves")
    spans, begin, end, whole = [], 0, new, True
    while old - begin != end - begin:
        middle = begin + _half(end - begin)
        if old <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin, whole = middle, False
    return ([] if whole else [Span(begin, end)]) + spans[::-1]


def grown(size: int, peaks: Sequence[bytes], leaves: Iterable[bytes]) -> Iterator[tuple[Node, bytes]]:
    """Yields each complete subtree, leaves too, that comes into being as leaf hashes follow the first `size` leaves.

    `peaks` are the roots of `nodes_of(Span(0, size))`.
    """
    stack = [*peaks]
    for index, leaf in enumerate(leaves, start=size):
        node, found = Node(0, index), leaf
        yield node, found
        while node.number & 1:
            node, found = Node(node.level + 1, node.number >> 1), node_hash(stack.pop(), found)
            yield node, found
        stack.append(found)


def _half(size: int) -> int:
    """Returns the largest power of two that is smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
