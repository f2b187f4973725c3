"""The Merkle tree of RFC 6962: root, proof that a record is in it, proof that a tree only grew.

Nodes are kept by (level, index): level 0 are the leaves, and node (k, i) covers the leaves i * 2^k to (i + 1) * 2^k.
Only full nodes are kept, so that none ever changes. ``get(level, index)`` fetches one; ``grow`` gives those that a new
leaf completes. Roots and proofs of any earlier size follow from the same nodes, each in O(log^2 n) look-ups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

Nodes = Callable[[int, int], bytes]
NO_LEAVES = sha256(b"").digest()


def join(left: bytes, right: bytes) -> bytes:
    """Return the node over two nodes."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: its full subtrees from the largest to the smallest."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()):
        self.size, self.peaks = size, list(peaks)

    @classmethod
    def at(cls, size: int, get: Nodes) -> Frontier:
        """Return the frontier of a tree of ``size`` leaves whose full nodes ``get`` fetches."""
        levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
        return cls(size, [get(level, (size >> level) - 1) for level in levels])

    def copy(self) -> Frontier:
        """Return one that grows apart."""
        return Frontier(self.size, self.peaks)

    def grow(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf; returns the nodes that are full now: (level, index, hash)."""
        index, level, made = self.size, 0, [(0, self.size, leaf)]
        while index >> level & 1:
            leaf = join(self.peaks.pop(), leaf)
            level += 1
            made.append((level, index >> level, leaf))
        self.peaks.append(leaf)
        self.size += 1
        return made

    def extend(self, leaves: Sequence[bytes]) -> list[tuple[int, int, list[bytes]]]:
        """Append leaves; returns the nodes that are full now, level by level: (level, index of the first, hashes)."""
        made, kept = [], []
        level, low, hashes = 0, self.size, list(leaves)
        while hashes:
            made.append((level, low, hashes))
            row = [self.peaks.pop(), *hashes] if low & 1 else hashes
            if len(row) & 1:
                kept.append(row[-1])  # no right neighbour yet
            hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]
            level, low = level + 1, low >> 1
        self.peaks += reversed(kept)
        self.size += len(leaves)
        return made

    def root(self) -> bytes:
        """Return the root; of no leaves it is the hash of nothing."""
        if not self.peaks:
            return NO_LEAVES
        result = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            result = join(peak, result)
        return result


def _split(count: int) -> int:
    """Return the largest power of two below ``count`` (count > 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def subtree(start: int, end: int, get: Nodes) -> bytes:
    """Return the root over the leaves start <= i < end, of which there is at least one."""
    count = end - start
    if count & (count - 1) == 0 and start % count == 0:
        return get(count.bit_length() - 1, start // count)
    middle = start + _split(count)
    return join(subtree(start, middle, get), subtree(middle, end, get))


def root(size: int, get: Nodes) -> bytes:
    """Return the root of the first ``size`` leaves."""
    return subtree(0, size, get) if size else NO_LEAVES


def inclusion_proof(index: int, size: int, get: Nodes) -> list[bytes]:
    """Return the path from leaf ``index`` to the root of the first ``size`` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"Leaf {index} is not among the first {size}.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end, get))
            end = middle
        else:
            path.append(subtree(start, middle, get))
            start = middle
    return path[::-1]


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the proof leads from leaf ``index`` to the root of ``size`` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, result = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = join(part, result)
            while node & 1 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            result = join(result, part)
        node, last = node >> 1, last >> 1
    return last == 0 and result == root


def consistency_proof(first: int, second: int, get: Nodes) -> list[bytes]:
    """Return the proof that the tree of ``first`` leaves begins that of ``second`` (RFC 6962, 2.1.2)."""
    if not 0 < first <= second:
        raise ValueError(f"A tree of {first} leaves does not begin one of {second}: give 0 < first <= second.")
    start, end, whole, path = 0, second, True, []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(subtree(middle, end, get))
            end = middle
        else:
            path.append(subtree(start, middle, get))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end, get))
    return path[::-1]


def consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the proof shows that the second tree only grew from the first (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = join(part, old), join(part, new)
            while node & 1 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            new = join(new, part)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
