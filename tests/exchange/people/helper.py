"""What the tests of persons share: a desk, people on it, and an authenticator in software."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select
from webauthn.helpers import bytes_to_base64url

from chumbak.exchange.desk import Desk
from chumbak.exchange.people import persons
from chumbak.exchange.store.tables import outbox

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def member(desk: Desk, role: str, number: int = 0, **more: Any) -> persons.Person:
    """Make a person with a role."""
    phone = f"+91{9_000_000_000 + persons.ROLES.index(role) * 1000 + number}"
    with desk.work("system") as work:
        return persons.register(work, phone, f"{role.capitalize()} {number}", "moradabad", role, **more)


def messages(desk: Desk) -> list[str]:
    """Return the texts that were sent, in order."""
    with desk.engine.connect() as connection:
        rows = connection.execute(
            select(outbox.c.body).where(outbox.c.kind == "message").order_by(outbox.c.n)
        ).scalars()
        return [json.loads(row).get("text", "") for row in rows]


def last_code(desk: Desk) -> str:
    """Return the code that was sent last."""
    found = re.search(r"\d{6}", messages(desk)[-1])
    assert found
    return found[0]


def other(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@dataclass
class Authenticator:
    """A device with one passkey, as browsers speak to it."""

    origin: str = "https://t.example"
    host: str = "t.example"
    counter: int = 0
    verified: bool = True
    id: bytes = b"credential-number-1"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str) -> str:
        """Answer ``navigator.credentials.create``."""
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        held = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(key)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(0x40) + held})
        return self._answer(options, "webauthn.create", {"attestationObject": attested})

    def get(self, options: str) -> str:
        """Answer ``navigator.credentials.get``."""
        self.counter += 1
        data, client = self._data(0), self._client(options, "webauthn.get")
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(options, "webauthn.get", {"authenticatorData": data, "signature": signature})

    def _data(self, flags: int) -> bytes:
        flags |= 0x01 | (0x04 if self.verified else 0)
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, options: str, kind: str) -> bytes:
        return json.dumps({"type": kind, "challenge": json.loads(options)["challenge"], "origin": self.origin}).encode()

    def _answer(self, options: str, kind: str, parts: dict[str, bytes]) -> str:
        id = bytes_to_base64url(self.id)
        response = {name: bytes_to_base64url(part) for name, part in parts.items()}
        response["clientDataJSON"] = bytes_to_base64url(self._client(options, kind))
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": response})
