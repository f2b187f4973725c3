"""The chain, the tree and its heads, against definitions written down again, and worked values."""

from __future__ import annotations

import stat
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.custody.log.heads import Head, LogKeyError, holds, make_key, public_bytes, read_key, signed
from chumbak.custody.log.merkle import (
    NO_LEAVES,
    Frontier,
    consistency_proof,
    consistent,
    included,
    inclusion_proof,
    root,
)
from chumbak.custody.log.record import EMPTY, Record, entries_digest, leaf, preimage

# Leaves and roots of the tests of Certificate Transparency (merkle_tree_test of the log of RFC 6962).
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def plain_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + plain_root(leaves[:k]) + plain_root(leaves[k:])).digest()


def plain_path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*plain_path(m, leaves[:k]), plain_root(leaves[k:])]
    return [*plain_path(m - k, leaves[k:]), plain_root(leaves[:k])]


def plain_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [plain_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*plain_subproof(m, leaves[:k], whole), plain_root(leaves[k:])]
    return [*plain_subproof(m - k, leaves[k:], False), plain_root(leaves[:k])]


def tree(count: int) -> tuple[list[bytes], dict[tuple[int, int], bytes], list[bytes]]:
    leaves = [sha256(b"\x00" + number.to_bytes(4, "big")).digest() for number in range(count)]
    frontier, nodes, roots = Frontier(), {}, [NO_LEAVES]
    for one in leaves:
        for level, index, value in frontier.grow(one):
            assert (level, index) not in nodes
            nodes[level, index] = value
        roots.append(frontier.root())
    return leaves, nodes, roots


def test_roots_of_certificate_transparency() -> None:
    frontier = Frontier()
    for text, expected in zip(CT_LEAVES, CT_ROOTS, strict=True):
        frontier.grow(leaf(bytes.fromhex(text)))
        assert frontier.root().hex() == expected


def test_leaves_appended_together_give_the_tree_of_leaves_appended_one_by_one() -> None:
    leaves, nodes, roots = tree(40)
    for first in range(41):
        for last in range(first, 41):
            frontier, made = Frontier(), {}
            for some in (leaves[:first], leaves[first:last]):
                for level, low, hashes in frontier.extend(some):
                    made |= {(level, index): value for index, value in enumerate(hashes, low)}
            assert made == {place: value for place, value in nodes.items() if (place[1] + 1) << place[0] <= last}
            assert (frontier.size, frontier.root()) == (last, roots[last])


def test_tree_is_that_of_the_rfc_at_every_size() -> None:
    leaves, nodes, roots = tree(70)

    def get(level: int, index: int) -> bytes:
        return nodes[level, index]

    for size in range(71):
        assert roots[size] == plain_root(leaves[:size]) == root(size, get)
        assert Frontier.at(size, get).root() == roots[size]
        for index in range(size):
            proof = inclusion_proof(index, size, get)
            assert proof == plain_path(index, leaves[:size])
            assert included(leaves[index], index, size, proof, roots[size])
            assert not included(leaves[index], index, size, proof, roots[size - 1])
            assert not included(leaves[index], index, size, [*proof, bytes(32)], roots[size])
            assert size == 1 or not included(leaves[(index + 1) % size], index, size, proof, roots[size])
        for first in range(1, size + 1):
            proof = consistency_proof(first, size, get)
            assert proof == plain_subproof(first, leaves[:size], True)
            assert consistent(first, roots[first], size, roots[size], proof)
            assert first == size or not consistent(first, roots[first - 1], size, roots[size], proof)
            assert not consistent(first, roots[first], size, bytes(32), proof)
            assert not proof or not consistent(first, roots[first], size, roots[size], proof[:-1])


def test_what_is_no_part_of_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="not among the first 3"):
        inclusion_proof(3, 3, lambda level, index: b"")
    with pytest.raises(ValueError, match="0 < first <= second"):
        consistency_proof(0, 3, lambda level, index: b"")
    assert not included(b"", 3, 3, [], b"")


def test_preimage_is_what_the_module_says() -> None:
    record = Record(7, "event", 1_700_000_000_000_000, "urn:uuid:ä", b'{"a":1}', b"e" * 32, b"p" * 32)
    id = "urn:uuid:ä".encode()
    expected = b"\x01" + (7).to_bytes(8, "big") + b"\0\0\0\x05event" + len(id).to_bytes(4, "big") + id
    expected += (1_700_000_000_000_000).to_bytes(8, "big") + sha256(b'{"a":1}').digest() + b"e" * 32 + b"p" * 32
    assert record.preimage() == expected
    assert record.hash() == sha256(expected).digest()
    assert leaf(expected) == sha256(b"\0" + expected).digest()


@given(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4), st.text(max_size=4))
def test_no_two_records_share_a_preimage(kind: str, id: str, other_kind: str, other_id: str) -> None:
    one, two = (preimage(1, *args, EMPTY, EMPTY, EMPTY) for args in ((kind, 5, id), (other_kind, 5, other_id)))
    assert (one == two) == ((kind, id) == (other_kind, other_id))


def test_digest_of_entries_is_in_any_order_and_recomputed_by_hand() -> None:
    entries = [("lot:b", "Nd", "o", -5), ("lot:a", "Nd", 'ö"\n', 5)]
    text = '[["lot:a","Nd","ö\\"\\n",5],["lot:b","Nd","o",-5]]'
    assert entries_digest(entries) == entries_digest(entries[::-1]) == sha256(text.encode()).digest()
    assert entries_digest([]) == bytes(32)


def test_heads_are_signed_and_no_other_key_will_do(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    key = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_bytes(read_key(path)) == public_bytes(key)
    with pytest.raises(FileExistsError):
        make_key(path)
    head = signed(5, b"r" * 32, 99, key)
    assert head.text().splitlines()[:4] == [b"chumbak log head 1", b"5", b"72" * 32, b"99"]
    again = Head.of(head.document())
    assert again == head
    assert holds(again, public_bytes(key))
    other = make_key(tmp_path / "other.key")
    assert not holds(head, public_bytes(other))
    for changed in (
        Head(6, head.root, 99, head.key, head.signature),
        Head(5, bytes(32), 99, head.key, head.signature),
        Head(5, head.root, 98, head.key, head.signature),
        Head(5, head.root, 99, public_bytes(other), head.signature),
        Head(5, head.root, 99, head.key, b"x"),
    ):
        assert not holds(changed, public_bytes(key))
    for document in (None, {}, {**head.document(), "size": "5"}, {**head.document(), "root": "zz"}):
        with pytest.raises(ValueError, match="no head of a log"):
            Head.of(document)
    path.write_text("hello")
    with pytest.raises(LogKeyError, match="no private key"):
        read_key(path)
