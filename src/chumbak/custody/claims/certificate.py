"""A certificate of a lot: what it holds, by element and origin, with the proof that the log says so.

It is a verifiable credential (``credential.py``). Its evidence are the records after which the lot held this: each with
the ledger entries it made, which its hash covers, the path from there to the root of the log's Merkle tree, and a
signed head with that root. Whoever keeps that head, or a later one, can show that the records were in the log and were
never changed; and what the lot holds is the sum of the entries on it. That no other record took from the lot is said
by the issuer alone, and shown by a replay of the whole log.

``check`` needs no network and no database. It says of every point whether it passes, and a certificate is good only if
all do: what cannot be told counts as not good.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any, Literal

from chumbak.custody.claims.attribution import percent
from chumbak.custody.claims.credential import CONTEXT, CredentialError, Trust, opened
from chumbak.custody.claims.status import in_force, is_withdrawn, written
from chumbak.custody.ledger.origin import STEPS, Origin, parse
from chumbak.custody.log.heads import Head, holds
from chumbak.custody.log.merkle import included
from chumbak.custody.log.record import entries_digest, leaf, preimage

NAMESPACE = "urn:chumbak:rem:"
KIND = "rem:LotCertificate"
Told = Literal["pass", "fail", "cannot tell"]
Entry = tuple[str, str, str, int]  # account, element, text of the origin, micrograms
Holding = Mapping[tuple[str, Origin], int]  # micrograms by element and origin


@dataclass(frozen=True)
class Evidence:
    """A record that made the lot what it is: the fields of its preimage, its entries, its place in the tree, a head."""

    seq: int
    kind: str
    id: str
    recorded_us: int
    body_digest: bytes
    entries: Sequence[Entry]
    previous: bytes
    path: Sequence[bytes]
    head: Head

    def document(self) -> dict[str, Any]:
        """Return the evidence as plain values."""
        return {
            "type": ["rem:LogInclusion"],
            "rem:record": {
                "seq": self.seq, "kind": self.kind, "id": self.id, "recorded": self.recorded_us,
                "body": self.body_digest.hex(), "previous": self.previous.hex(),
                "entries": [[*where, str(amount)] for *where, amount in self.entries],
            },
            "rem:path": [part.hex() for part in self.path],
            "rem:head": self.head.document(),
        }  # fmt: skip

    @staticmethod
    def of(document: Mapping[str, Any]) -> Evidence:
        """Return the evidence that ``document()`` gave; raises ``ValueError`` for anything else."""
        try:
            record = document["rem:record"]
            for number in (record["seq"], record["recorded"]):
                if type(number) is not int or not 0 < number < 2**63:
                    raise ValueError("a number is none")
            body, previous, *path = (
                bytes.fromhex(part) for part in (record["body"], record["previous"], *document["rem:path"])
            )
            if any(len(part) != 32 for part in (body, previous, *path)):
                raise ValueError("a digest is none")
            entries = [
                (str(account), str(element), parse(origin).text, int(amount))
                for account, element, origin, amount in record["entries"]
            ]
            head = Head.of(document["rem:head"])
            kind, name = str(record["kind"]), str(record["id"])
            return Evidence(record["seq"], kind, name, record["recorded"], body, entries, previous, path, head)
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError("a part is missing") from error

    @property
    def preimage(self) -> bytes:
        """Return what the hash of the record covers."""
        return preimage(
            self.seq,
            self.kind,
            self.recorded_us,
            self.id,
            self.body_digest,
            entries_digest(self.entries),
            self.previous,
        )

    def is_in_log(self, key: bytes) -> bool:
        """Say whether the head is signed with ``key`` and the record is in the tree that it states."""
        inside = included(leaf(self.preimage), self.seq - 1, self.head.size, self.path, self.head.root)
        return inside and holds(self.head, key)


@dataclass(frozen=True)
class Checked:
    """One point of a certificate that was looked at, in the words of whoever reads it."""

    name: str
    told: Told
    reason: str


def certificate(
    lot: str,
    evidence: Sequence[Evidence],
    issuer: str,
    now: dt.datetime,
    *,
    days: int,
    status: Mapping[str, str],
    verdicts: Sequence[Mapping[str, Any]] = (),
    sources: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the credential of a lot, to be signed; it is in force for ``days``.

    ``evidence`` are all records with entries on the lot; what it holds is their sum, and the shares stated follow from
    that. ``status`` is its place in a status list; ``verdicts`` are those of rules on it; ``sources`` where its content
    entered the log. Raises ``ValueError`` for a lot that holds nothing.
    """
    held = held_by(lot, evidence)
    if not held:
        raise ValueError(f"the lot '{lot}' holds nothing by these records")
    # Named by its place: a log keeps an id once, so that no two certificates can share a place in the list.
    return {
        "@context": [CONTEXT, {"rem": NAMESPACE}],
        "id": f"urn:chumbak:certificate:{sha256(status['id'].encode()).hexdigest()[:32]}",
        "type": ["VerifiableCredential", KIND],
        "issuer": issuer,
        "validFrom": written(now),
        "validUntil": written(now + dt.timedelta(days=days)),
        "credentialStatus": dict(status),
        "credentialSubject": {
            "id": lot,
            "rem:unit": "micrograms of contained element; shares of contained element",
            "rem:holding": holding_document(held),
            "rem:share": shares(held),
            "rem:verdict": [dict(verdict) for verdict in verdicts],
            "rem:source": [dict(source) for source in sources],
        },
        "evidence": [one.document() for one in evidence],
    }


def held_by(lot: str, evidence: Iterable[Evidence]) -> dict[tuple[str, Origin], int]:
    """Return what a lot holds after records, micrograms by element and origin, nothing that is 0.

    Raises ``ValueError`` where it would hold less than nothing, or a record is given twice.
    """
    found: dict[tuple[str, Origin], int] = {}
    seen = set()
    for one in evidence:
        if one.seq in seen:
            raise ValueError(f"record {one.seq} is given twice")
        seen.add(one.seq)
        for account, element, origin, amount in one.entries:
            if account == f"lot:{lot}":
                key = element, parse(origin)
                found[key] = found.get(key, 0) + amount
    if any(amount < 0 for amount in found.values()):
        raise ValueError("a lot cannot hold less than nothing: a record is missing")
    return {key: amount for key, amount in found.items() if amount}


def holding_document(held: Holding) -> list[dict[str, Any]]:
    """Return a holding as plain values, in the order of elements and origins."""
    return [
        {
            "element": element,
            "microgram": str(amount),
            "origin": {
                "kind": origin.kind, **{step: origin.country(step) for step in STEPS},
                "evidence": list(origin.evidence),
            },
        }
        for (element, origin), amount in sorted(held.items())
    ]  # fmt: skip


def shares(held: Holding) -> list[dict[str, Any]]:
    """Return, by element, which part of a holding is of each kind of origin and of each country at each step.

    Shares are exact fractions of the contained element; ``percent`` is cut off after the second digit, not rounded up.
    """
    amounts: dict[tuple[str, str, str], int] = {}
    whole: dict[str, int] = {}
    for (element, origin), amount in held.items():
        whole[element] = whole.get(element, 0) + amount
        for of, value in (("kind", origin.kind), *((step, origin.country(step)) for step in STEPS)):
            amounts[element, of, value] = amounts.get((element, of, value), 0) + amount
    found = []
    for (element, of, value), amount in sorted(amounts.items()):
        share = Fraction(amount, whole[element])
        found.append({"element": element, "of": of, "value": value, "share": str(share), "percent": percent(share)})
    return found


def check(
    token: str,
    trust: Trust,
    log_keys: Iterable[bytes],
    now: dt.datetime,
    status_token: str | None = None,
    events: Iterable[bytes] | None = None,
) -> list[Checked]:
    """Return what can be told of a certificate, point by point; it is good only if every point passes.

    ``trust`` holds the keys of issuers, ``log_keys`` the public keys (32 bytes) of logs that are trusted,
    ``status_token`` the issuer's signed list of what was withdrawn, ``events`` the bodies of events that are known.
    """
    try:
        document = opened(token, trust, ("VerifiableCredential", KIND))
    except CredentialError as error:
        return [Checked("signature", "fail", str(error))]
    issuer = document["issuer"]
    found = [
        Checked("signature", "pass", f"Signed by {issuer} with a key that is trusted."),
        _time(document, now),
        _status(document, status_token, trust, issuer, now),
    ]
    try:
        listed = document["evidence"]
        if not isinstance(listed, list) or not listed:
            raise ValueError("there is none")
        evidence = [Evidence.of(one) for one in listed]
        subject = document["credentialSubject"]
        held = held_by(subject["id"], evidence)
    except (KeyError, TypeError, ValueError) as error:
        found.append(Checked("log", "fail", f"The evidence cannot be read: {error}."))
        return found
    found.append(_log(evidence, list(log_keys)))
    found.append(_figures(subject, held))
    if events is not None:
        digests = {sha256(event).digest() for event in events}
        lacking = [one.id for one in evidence if one.body_digest not in digests]
        found.append(
            Checked("events", "fail", f"No event given is that of {', '.join(lacking)}, byte for byte.")
            if lacking
            else Checked("events", "pass", "The events are those in the log, byte for byte.")
        )
    return found


def is_good(checked: Sequence[Checked]) -> bool:
    """Say whether every point passes; no points at all are not good."""
    return bool(checked) and all(one.told == "pass" for one in checked)


def _time(document: Mapping[str, Any], now: dt.datetime) -> Checked:
    told = f"from {document.get('validFrom')} until {document.get('validUntil')}"
    if in_force(document, now):
        return Checked("time", "pass", f"In force {told}.")
    return Checked("time", "fail", f"Not in force now: it is {told}.")


def _status(
    document: Mapping[str, Any], status_token: str | None, trust: Trust, issuer: str, now: dt.datetime
) -> Checked:
    named = document.get("credentialStatus")
    if not isinstance(named, dict) or named.get("type") != "BitstringStatusListEntry":
        return Checked("status", "fail", "It names no status list, so that it could never be withdrawn.")
    if status_token is None:
        where = named.get("statusListCredential")
        return Checked("status", "cannot tell", f"Whether it was withdrawn is told by {where}: bring that list.")
    try:
        gone = is_withdrawn(named, status_token, trust, issuer, now)
    except CredentialError as error:
        return Checked("status", "cannot tell", str(error))
    if gone:
        return Checked("status", "fail", "The issuer has withdrawn it.")
    return Checked("status", "pass", "The issuer has not withdrawn it.")


def _log(evidence: Sequence[Evidence], keys: Sequence[bytes]) -> Checked:
    """Look whether one trusted log holds every record, with the entries stated."""
    for key in keys:
        if all(one.is_in_log(key) for one in evidence):
            told = f"{len(evidence)} record{'' if len(evidence) == 1 else 's'} with their entries"
            return Checked("log", "pass", f"The log holds {told}, under signed heads.")
    missing = [one for one in evidence if not any(one.is_in_log(key) for key in keys)] or list(evidence)
    return Checked("log", "fail", f"It is not shown that a trusted log holds record {missing[0].seq} as stated.")


def _figures(subject: Mapping[str, Any], held: Holding) -> Checked:
    """Look whether holding and shares stated follow from the entries."""
    if not held or subject.get("rem:holding") != holding_document(held):
        return Checked("figures", "fail", "What the lot is said to hold is not the sum of the entries on it.")
    if subject.get("rem:share") != shares(held):
        return Checked("figures", "fail", "The shares stated do not follow from what the lot holds.")
    return Checked("figures", "pass", "Holding and shares follow from the entries, to the microgram.")
