"""Issuing certificates from a store, withdrawing them, and the list of those withdrawn. Each is a record of the log.

A certificate waits while an alarm stands on an area that the lot went through: see ``measure``.
"""

from __future__ import annotations

import datetime as dt
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chumbak.custody.claims.certificate import Entry, Evidence, certificate
from chumbak.custody.claims.credential import Signer, sign
from chumbak.custody.claims.qr import digest
from chumbak.custody.claims.status import entry, status_list
from chumbak.custody.ledger.origin import STEPS
from chumbak.custody.log.heads import Head, public_bytes, read_key
from chumbak.custody.store.faults import Refused, StoreError
from chumbak.custody.store.open import Store, key_path, log_id
from chumbak.custody.store.prepare import decode, one_name
from chumbak.custody.store.trace import Trace, trace

_ISSUER = re.compile(r"(https://[^\s/?#]+|did:[a-z0-9]+:|urn:[a-z0-9-]+:)[!-~]*")
WITHDRAWN = "#withdrawn"
TRIES = 100  # places in the status list that are tried while others take them


class IssueError(ValueError):
    """A certificate that is not given, and why."""


@dataclass(frozen=True)
class Issued:
    """A certificate as it was given: its id, its place in the status list, and the signed token."""

    id: str
    place: int
    token: str
    document: dict[str, Any]


def signer_of(store: Store, issuer: str) -> Signer:
    """Return who signs for a store: the issuer, with the key of the log. Raises ``StoreError`` without the key."""
    return Signer.from_private_bytes(issuer, _key(store).private_bytes_raw())


def trust_document(store: Store, issuer: str) -> dict[str, Any]:
    """Return what others need to check certificates offline: the keys of the issuer and of the log, all public."""
    public = public_bytes(_key(store))
    return {"issuers": signer_of(store, issuer).public(), "logs": {log_id(public): b64encode(public).decode()}}


def issue(
    store: Store,
    lot: str,
    issuer: str,
    status_address: str,
    now: dt.datetime,
    *,
    days: int = 365,
    verdicts: Sequence[Mapping[str, Any]] = (),
    alarms: Sequence[str] = (),
) -> Issued:
    """Give a certificate of what a lot holds now, and record it. It is in force for ``days``.

    ``verdicts`` are those of rules; ``alarms`` sentences on what stands against it. Raises ``IssueError`` if one does,
    or the lot holds nothing; ``StoreError`` if the record cannot be kept.
    """
    check_issuer(issuer)
    if alarms:
        raise IssueError(f"No certificate while an alarm stands: {' '.join(alarms)}")
    held = store.read.holdings(lot)
    if held is None:
        raise IssueError(f"There is no lot '{lot}' in this store.")
    if not held:
        raise IssueError(f"The lot '{lot}' holds nothing now: all of it was taken.")
    found = trace(store, lot)
    lines = store.read.lines(f"lot:{one_name(lot)}")
    head = store.writer.sign_head().result()
    evidence = [_evidence(store, seq, head) for seq in sorted({line.seq for line in lines})]
    sources, signer = _sources(found), signer_of(store, issuer)
    first = sum(1 for record in store.read.records(kind="certificate") if not record.id.endswith(WITHDRAWN))
    for place in range(first, first + TRIES):
        document = certificate(
            one_name(lot), evidence, issuer, now, days=days, status=entry(status_address, place), verdicts=verdicts,
            sources=sources,
        )  # fmt: skip
        token = sign(document, signer)
        body = {"lot": one_name(lot), "place": place, "list": status_address, "issuer": issuer, "sha256": digest(token),
                "token": token}  # fmt: skip
        try:
            store.writer.append("certificate", document["id"], body).result()
        except Refused:  # somebody else was given this place in the meantime
            continue
        return Issued(document["id"], place, token, document)
    raise IssueError("Too many certificates are given at once. Ask again.")


def check_issuer(issuer: str) -> None:
    """Raise ``IssueError`` for a name under which nobody can certify."""
    if not _ISSUER.fullmatch(issuer):
        raise IssueError(f"'{issuer[:100]}' is no issuer. Write https://... , did:... or leave it out.")


def withdraw(store: Store, name: str, reason: str) -> None:
    """Withdraw a certificate by its id, for good. Raises ``IssueError`` for one that was never given here."""
    if store.read.record_of(name) is None:
        raise IssueError(f"There is no certificate '{name}' in this store.")
    if store.read.record_of(name + WITHDRAWN) is not None:
        raise IssueError(f"The certificate '{name}' is withdrawn already: for good, and with the reason given then.")
    store.writer.append("certificate", name + WITHDRAWN, {"reason": reason}).result()


def certificate_of(store: Store, name: str) -> str | None:
    """Return the token of a certificate by its id; None if there is none."""
    record = store.read.record_of(name)
    if record is None or record.kind != "certificate" or name.endswith(WITHDRAWN):
        return None
    return str(decode(record.body)["token"])


def status_token(store: Store, issuer: str, address: str, now: dt.datetime, days: int = 7) -> str:
    """Return the signed list at ``address``: which certificates of the issuer were withdrawn; it holds for ``days``."""
    places, gone = {}, set()
    for record in store.read.records(kind="certificate"):
        if record.id.endswith(WITHDRAWN):
            gone.add(record.id.removesuffix(WITHDRAWN))
            continue
        body = decode(record.body)
        if body["list"] == address:
            places[record.id] = int(body["place"])
    withdrawn = [place for name, place in places.items() if name in gone]
    return sign(status_list(issuer, address, withdrawn, now, days), signer_of(store, issuer))


def _key(store: Store) -> Ed25519PrivateKey:
    path = key_path(store.url)
    try:
        return read_key(path)
    except OSError:
        raise StoreError(f"The key of this log, {path}, is not there. Put it back to sign.") from None


def _evidence(store: Store, seq: int, head: Head) -> Evidence:
    proof = store.read.proof(seq, head.size)
    record = proof.record
    entries: list[Entry] = [(one.account, one.element, one.origin.text, one.delta) for one in store.read.entries(seq)]
    return Evidence(
        seq, record.kind, record.id, record.recorded_us, sha256(record.body).digest(), entries, record.previous,
        proof.path, head,
    )  # fmt: skip


def _sources(found: Trace) -> list[dict[str, Any]]:
    """Return where the content of a lot entered the log, as plain values."""
    return [
        {
            "record": one.seq, "account": one.account, "lot": one.lot, "element": one.element,
            "microgram": str(one.ug), "kind": one.origin.kind, **{step: one.origin.country(step) for step in STEPS},
        }
        for one in found.sources
    ]  # fmt: skip
