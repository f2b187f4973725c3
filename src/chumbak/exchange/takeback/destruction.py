"""The certificate of destroyed data: what was done to which device, when and by whom, its hash in custody's log.

The document is JSON. Its hash (SHA-256 of its canonical form: keys sorted, no blanks, UTF-8) stands in the event by
which custody knows of the work, as ``ni:///sha-256;...`` (RFC 6920). Serial numbers are in it as keyed hashes only:
whoever knows one can have it compared, and nobody can read it.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from chumbak.exchange import hand_over
from chumbak.exchange.desk import Desk, Work
from chumbak.exchange.people.persons import party_uri
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.bookings import booking, note, set_device
from chumbak.exchange.takeback.identity import serial_key
from chumbak.exchange.takeback.quotes import quote

ERASE, SHRED = "erase", "shred"
METHODS = {
    ERASE: N_("The data were overwritten, and it was checked that nothing can be read."),
    SHRED: N_("The part that holds data was shredded."),
}


@dataclass(frozen=True)
class Certificate:
    """A certificate as it was issued."""

    id: str
    booking: str
    made_us: int
    event: str
    hash: str
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What checking a certificate found: ``whole`` (the document is as its hash says), ``in_log`` (None: not yet)."""

    whole: bool
    in_log: bool | None

    @property
    def good(self) -> bool:
        """Whether all of it was found right."""
        return self.whole and self.in_log is True


def certify(work: Work, id: str, methods: Mapping[int, str]) -> str:
    """Issue the certificate for all kept devices of a take-back that hold data; return its id. Raises ``Refusal``.

    ``methods`` are by number of the device. Shredding stands for erasing, never the other way round.
    """
    found = booking(work, id)
    offer = quote(work, found.quote)
    assert offer is not None
    todo = [one for one in found.devices if one.state == t.KEPT and offer.cards[one.kind, one.quoted].data != "none"]
    if not todo:
        raise Refusal(N_("There is no device here whose data have to be destroyed."))
    for one in todo:
        done, promised = methods.get(one.n, ""), offer.cards[one.kind, one.quoted].data
        if done not in METHODS:
            raise Refusal(N_("Device %(n)s: say how its data were destroyed."), "method", n=one.n)
        if promised == SHRED and done != SHRED:
            raise Refusal(N_("Device %(n)s was promised to be shredded; erasing is less."), "method", n=one.n)
    certificate = work.new_id("certificate")
    desk = work.desk
    document = {
        "id": desk.uri("certificate", certificate), "type": "DataDestructionCertificate",
        "issued": work.now.isoformat(timespec="seconds"), "issuer": party_uri(desk, found.recycler),
        "performedBy": desk.uri("person", work.actor), "owner": party_uri(desk, found.party),
        "takeBack": desk.uri("takeback", id),
        "devices": [
            {"device": desk.uri("device", one.id), "number": one.n, "kind": one.kind, "method": methods[one.n],
             "serialHashes": list(one.keys)}
            for one in todo
        ],
    }  # fmt: skip
    hashed = hash_of(document)
    event = hand_over.observed(
        work, [desk.uri("device", one.id) for one in todo], step="other", place=desk.uri("plant", found.recycler),
        certificationInfo=ni(hashed), bizTransactionList=[{"type": "cert", "bizTransaction": document["id"]}],
    )  # fmt: skip
    work.connection.execute(
        t.certificate.insert().values(
            id=certificate, booking=id, made_us=work.now_us, event=work.record(event), hash=hashed,
            document=json.dumps(document, ensure_ascii=False),
        )
    )  # fmt: skip
    for one in todo:
        set_device(work, one.id, state=t.CLEARED)
    note(work, id, "data destroyed", said=certificate)
    work.tell(
        found.person, N_("The data on your devices are destroyed (%(count)s). The certificate: %(page)s"),
        count=len(todo), page=f"{desk.base}/destroyed/{certificate}",
    )  # fmt: skip
    return certificate


def certificate(work: Work, id: str) -> Certificate | None:
    """Return a certificate."""
    row = work.connection.execute(select(t.certificate).where(t.certificate.c.id == id)).one_or_none()
    return Certificate(**dict(row._mapping) | {"document": json.loads(row.document)}) if row else None


def certificates_of(work: Work, booking_id: str) -> list[str]:
    """Return the ids of a take-back's certificates."""
    mine = select(t.certificate.c.id).where(t.certificate.c.booking == booking_id).order_by(t.certificate.c.made_us)
    return list(work.connection.execute(mine).scalars())


def verify(desk: Desk, found: Certificate) -> Verdict:
    """Check a certificate against its hash and against the event in custody's log."""
    hashed = hash_of(found.document)
    event = desk.custody.event(found.event)
    if event is None:
        return Verdict(hashed == found.hash, None)
    said = event.event
    named = [one.get("bizTransaction") for one in said.get("bizTransactionList", [])]
    devices = [one["device"] for one in found.document["devices"]]
    in_log = said.get("certificationInfo") == ni(hashed) and found.document["id"] in named
    in_log = in_log and said.get("epcList") == devices and desk.custody.declared(found.event) is None
    return Verdict(hashed == found.hash, in_log)


def names_serial(work: Work, found: Certificate, serial: str) -> int | None:
    """Return the number of the device with a serial number, None if it is not on the certificate."""
    if not serial.strip():
        raise Refusal(N_("Type the serial number."), "serial")
    faults = []
    for one in found.document["devices"]:
        try:
            key = serial_key(work, serial, one["kind"])
        except Refusal as fault:  # it can still be that of another kind of device
            faults.append(fault)
            continue
        if any(hmac.compare_digest(known, key) for known in one["serialHashes"]):
            return int(one["number"])
    if len(faults) == len(found.document["devices"]):
        raise faults[0]
    return None


def hash_of(document: Mapping[str, Any]) -> str:
    """Return the hash of a document, in hexadecimal."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def ni(hashed: str) -> str:
    """Return the name of a document by its hash (RFC 6920)."""
    return "ni:///sha-256;" + urlsafe_b64encode(bytes.fromhex(hashed)).decode().rstrip("=")
