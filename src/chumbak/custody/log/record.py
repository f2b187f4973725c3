"""A record of the log, and the bytes that its hash covers.

The preimage of a record is, one after the other and without gaps:

======================  ====================================================================
version                 1 byte, 1
seq                     8 bytes, unsigned, big-endian; the first record is 1
kind, id                each 4 bytes of length (big-endian) and the text in UTF-8
recorded                8 bytes, unsigned, big-endian; microseconds since 1970-01-01 UTC
body                    32 bytes, SHA-256 of the body as it is kept
entries                 32 bytes, SHA-256 of the canonical entries; zeros if there are none
previous                32 bytes, hash of the record before; zeros for the first
======================  ====================================================================

The hash of a record is the SHA-256 of its preimage. Its leaf in the Merkle tree is SHA-256(0x00 || preimage).
Canonical entries are JSON without blanks: a list of ``[account, element, origin, micrograms]``, sorted as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

import msgspec

VERSION = 1
EMPTY = bytes(32)
KINDS = ("event", "party", "head", "period", "claim", "certificate", "query")

_START, _LENGTH, _TIME = Struct(">BQI").pack, Struct(">I").pack, Struct(">Q").pack
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Record:
    """What the log keeps. ``recorded_us`` is microseconds since 1970 UTC; digests are 32 bytes each."""

    seq: int
    kind: str
    recorded_us: int
    id: str
    body: bytes
    entries_digest: bytes = EMPTY
    previous: bytes = EMPTY

    def preimage(self) -> bytes:
        """Return the bytes that the hash covers."""
        return preimage(
            self.seq,
            self.kind,
            self.recorded_us,
            self.id,
            sha256(self.body).digest(),
            self.entries_digest,
            self.previous,
        )

    def hash(self) -> bytes:
        """Return the hash that the next record names as its previous."""
        return sha256(self.preimage()).digest()


def preimage(
    seq: int, kind: str, recorded_us: int, id: str, body_digest: bytes, entries_digest: bytes, previous: bytes
) -> bytes:
    """Return the bytes that the hash of a record covers; see the head of this module."""
    kind_bytes, id_bytes = kind.encode(), id.encode()
    return b"".join((
        _START(VERSION, seq, len(kind_bytes)),
        kind_bytes,
        _LENGTH(len(id_bytes)),
        id_bytes,
        _TIME(recorded_us),
        body_digest,
        entries_digest,
        previous,
    ))  # fmt: skip


def leaf(preimage: bytes) -> bytes:
    """Return the leaf of a record in the Merkle tree."""
    return sha256(b"\x00" + preimage).digest()


def entries_digest(entries: Iterable[tuple[str, str, str, int]]) -> bytes:
    """Return the digest of (account, element, origin, micrograms) in any order; 32 zero bytes if there are none."""
    listed = sorted(entries)
    return sha256(_encode(listed)).digest() if listed else EMPTY
