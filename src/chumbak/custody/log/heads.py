"""Signed heads of the log: the size and root of its tree on a day, signed with Ed25519.

What is signed is the text ``chumbak log head 1``, the size, the root (hexadecimal), the time (microseconds since 1970
UTC) and the public key (base64), a line each. Whoever keeps a head can later show that the log was changed or cut.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class LogKeyError(ValueError):
    """A key file that is none."""


@dataclass(frozen=True)
class Head:
    """The first ``size`` records have the Merkle root ``root`` (32 bytes); ``key`` is the public key, 32 bytes."""

    size: int
    root: bytes
    time_us: int
    key: bytes
    signature: bytes = b""

    def text(self) -> bytes:
        """Return what is signed."""
        lines = ("chumbak log head 1", self.size, self.root.hex(), self.time_us, b64encode(self.key).decode())
        return "".join(f"{line}\n" for line in lines).encode()

    def document(self) -> dict[str, Any]:
        """Return the head as plain values, to keep or to hand out."""
        return {
            "size": self.size,
            "root": self.root.hex(),
            "time": self.time_us,
            "key": b64encode(self.key).decode(),
            "signature": b64encode(self.signature).decode(),
        }

    @staticmethod
    def of(document: object) -> Head:
        """Return the head that ``document()`` gave; raises ``ValueError`` for anything else."""
        try:
            if not isinstance(document, dict):
                raise TypeError
            size, time_us = document["size"], document["time"]
            if type(size) is not int or type(time_us) is not int or size < 0:
                raise TypeError
            key, signature = (b64decode(document[name], validate=True) for name in ("key", "signature"))
            return Head(size, bytes.fromhex(document["root"]), time_us, key, signature)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("This is no head of a log: it needs size, root, time, key and signature.") from error


def signed(size: int, root: bytes, time_us: int, key: Ed25519PrivateKey) -> Head:
    """Return the head with its signature."""
    bare = Head(size, root, time_us, public_bytes(key))
    return Head(size, root, time_us, bare.key, key.sign(bare.text()))


def holds(head: Head, key: bytes) -> bool:
    """Return whether the head is signed with the key whose public part is given (32 bytes)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if head.key != key:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(head.signature, head.text())
    except (InvalidSignature, ValueError):
        return False
    return True


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of the public key."""
    return key.public_key().public_bytes_raw()


def make_key(path: Path) -> Ed25519PrivateKey:
    """Write a new key to a file that only its owner can read (mode 0600) and return it; never overwrites one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the key of a file; raises ``LogKeyError`` if it holds no Ed25519 key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise LogKeyError(f"{path} holds no private key in PEM. Put the key of this log back.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LogKeyError(f"{path} holds a key of another kind than Ed25519. Put the key of this log back.")
    return key
