"""Who may do what: keys of organisations, kept as hashes in records of kind ``party``.

A key is 256 random bits, shown once. What is kept of it is its SHA-256, the organisation and its roles; a key that is
withdrawn gets a second record. Whoever reads, reads all of the store: an event without its neighbours proves nothing,
and a ledger that hides a part of its lines cannot be checked.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from chumbak.custody.store.prepare import decode
from chumbak.custody.store.read import Reader

# What each role may do. "keys": make and withdraw keys; "certify": certificates; "define": named queries;
# "record": capture; "read": events, lots, accounts, certificates; "audit": records, proofs, heads, export.
ROLES: dict[str, frozenset[str]] = {
    "administrator": frozenset({"record", "read", "audit", "certify", "define", "keys"}),
    "recorder": frozenset({"record"}),
    "reader": frozenset({"read"}),
    "auditor": frozenset({"read", "audit"}),
}
OPEN = "open"  # what everybody may do
PREFIX = "chumbak_"
KEY_ID = "urn:chumbak:key:"
WITHDRAWN = "#withdrawn"
_ORGANISATION = re.compile(r"\S(?:.{0,198}\S)?")


class RoleError(ValueError):
    """A key that cannot be made or withdrawn as asked."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the id of the key ("" without one), its organisation, and what it may do."""

    key: str
    organisation: str
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: ``id`` names it, ``digest`` is the SHA-256 of the key itself, hexadecimal."""

    id: str
    organisation: str
    roles: tuple[str, ...]
    digest: str
    made: str
    withdrawn: bool = False

    def document(self) -> dict[str, Any]:
        """Return what may be shown of it."""
        return {"id": self.id, "organisation": self.organisation, "roles": list(self.roles), "made": self.made,
                "withdrawn": self.withdrawn}  # fmt: skip


EVERYBODY = Caller("", "everybody on this machine", frozenset(ROLES["administrator"]))
NOBODY = Caller("", "public", frozenset())
PUBLIC_READER = Caller("", "public", ROLES["reader"])


def new_key(organisation: str, roles: Iterable[str]) -> tuple[str, str, dict[str, Any]]:
    """Return a new key, the id of its record, and the record's body. Raises ``RoleError``."""
    named = tuple(dict.fromkeys(roles))
    wrong = [role for role in named if role not in ROLES]
    if wrong or not named:
        given = f"'{wrong[0]}' is no role" if wrong else "No role is given"
        raise RoleError(f"{given}. Roles: {', '.join(ROLES)}.")
    if not _ORGANISATION.fullmatch(organisation) or not organisation.isprintable():
        raise RoleError("The organisation needs a name of 1 to 200 characters in one line.")
    key = PREFIX + secrets.token_urlsafe(32)
    digest = sha256(key.encode()).hexdigest()
    body = {
        "role": "key", "organisation": organisation, "roles": list(named), "sha256": digest,
        "made": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip
    return key, KEY_ID + digest[:16], body


class Keys:
    """The keys of a store. ``refresh`` reads what came since; asking costs no reading."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._next = 1
        self._by_id: dict[str, Key] = {}
        self._callers: dict[str, Caller] = {}
        self.refresh()

    def __bool__(self) -> bool:
        """Whether the store has ever had a key: from then on it is closed to who has none."""
        return bool(self._by_id)

    def listed(self) -> list[Key]:
        """Return all keys, oldest first."""
        return list(self._by_id.values())

    def refresh(self) -> None:
        """Read the keys that were made and withdrawn since the last time."""
        changed = False
        for record in self._read.records(self._next, kind="party"):
            self._next = record.seq + 1
            if not record.id.startswith(KEY_ID):
                continue
            changed = True
            id = record.id.removesuffix(WITHDRAWN)
            if id != record.id:
                if (known := self._by_id.get(id)) is not None:
                    self._by_id[id] = Key(id, known.organisation, known.roles, known.digest, known.made, True)
                continue
            body = decode(record.body)
            self._by_id[id] = Key(id, body["organisation"], tuple(body["roles"]), body["sha256"], body["made"])
        if changed:
            self._callers = {
                one.digest: Caller(one.id, one.organisation, frozenset().union(*(ROLES[name] for name in one.roles)))
                for one in self._by_id.values()
                if not one.withdrawn
            }

    def caller(self, key: str) -> Caller | None:
        """Return who holds a key; None for one that is not known or was withdrawn."""
        return self._callers.get(sha256(key.encode()).hexdigest())
