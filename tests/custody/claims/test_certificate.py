"""Certificates: what follows from the entries, and every way in which one is not good."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chumbak.custody.claims.certificate import Evidence, certificate, check, is_good
from chumbak.custody.claims.credential import CredentialError, Signer, Trust, opened, sign
from chumbak.custody.claims.status import entry, is_withdrawn, status_list
from chumbak.custody.ledger.origin import Origin
from chumbak.custody.log.heads import public_bytes, signed
from chumbak.custody.log.merkle import Frontier, inclusion_proof
from chumbak.custody.log.record import Record, entries_digest, leaf

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
LOT = "https://id.example.org/lot/9"
ISSUER, LIST = "https://recycler.example.org", "https://recycler.example.org/status/1"
OLD = Origin("post-consumer", mined="AU", separated="MY")
NEW = Origin("primary", mined="CN", separated="CN")
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Signer.from_private_bytes(ISSUER, bytes(range(1, 33)))
ENTRIES = [
    [("outside:trader", "Nd", OLD.text, -420), (f"lot:{LOT}", "Nd", OLD.text, 420)],
    [
        ("outside:mine", "Nd", NEW.text, -580), (f"lot:{LOT}", "Nd", NEW.text, 580),
        ("outside:mine", "Dy", NEW.text, -7), (f"lot:{LOT}", "Dy", NEW.text, 7),
    ],
]  # fmt: skip
BODIES = [b'{"type":"ObjectEvent","eventID":"urn:x:1"}', b'{"type":"ObjectEvent","eventID":"urn:x:2"}']


def log() -> list[Evidence]:
    """Return the evidence of records 2 and 3 in a log of five."""
    records: list[Record] = []
    frontier, nodes = Frontier(), {}
    for seq in range(1, 6):
        mine = ENTRIES[seq - 2] if seq in (2, 3) else []
        body = BODIES[seq - 2] if seq in (2, 3) else str(seq).encode()
        previous = records[-1].hash() if records else bytes(32)
        records.append(
            Record(seq, "event", 1_800_000_000_000_000 + seq, f"urn:x:{seq}", body, entries_digest(mine), previous)
        )
        for level, index, value in frontier.grow(leaf(records[-1].preimage())):
            nodes[level, index] = value
    head = signed(5, frontier.root(), 1_800_000_000_500_000, LOG_KEY)
    return [
        Evidence(
            one.seq, one.kind, one.id, one.recorded_us, sha256(one.body).digest(), ENTRIES[one.seq - 2], one.previous,
            inclusion_proof(one.seq - 1, 5, lambda level, index: nodes[level, index]), head,
        )
        for one in records[1:3]
    ]  # fmt: skip


def made(**changed: Any) -> dict[str, Any]:
    return certificate(LOT, log(), ISSUER, NOW, days=90, status=entry(LIST, 17), **changed)


def checked(token: str, **given: Any) -> dict[str, str]:
    given = {
        "trust": Trust.of(SIGNER.public()),
        "log_keys": [public_bytes(LOG_KEY)],
        "now": NOW,
        "status_token": sign(status_list(ISSUER, LIST, [3], NOW), SIGNER),
        **given,
    }
    return {one.name: one.told for one in check(token, **given)}


def test_a_certificate_is_good_and_its_shares_are_exact() -> None:
    document = made()
    shares = {
        (one["element"], one["value"]): (one["share"], one["percent"])
        for one in document["credentialSubject"]["rem:share"]
        if one["of"] == "kind"
    }
    assert shares == {
        ("Nd", "post-consumer"): ("21/50", "42.00"),
        ("Nd", "primary"): ("29/50", "58.00"),
        ("Dy", "primary"): ("1", "100.00"),
    }
    token = sign(document, SIGNER)
    told = check(
        token, Trust.of(SIGNER.public()), [public_bytes(LOG_KEY)], NOW,
        sign(status_list(ISSUER, LIST, [3, 16, 18], NOW), SIGNER), BODIES,
    )  # fmt: skip
    assert [one.name for one in told] == ["signature", "time", "status", "log", "figures", "events"]
    assert is_good(told), told
    assert not is_good([])


def test_a_token_is_a_jose_token_that_anybody_can_open() -> None:
    head, body, signature = sign(made(), SIGNER).split(".")

    def raw(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    assert json.loads(raw(head)) == {"alg": "Ed25519", "cty": "vc", "kid": SIGNER.name, "typ": "vc+jwt"}
    public = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))).public_key()
    public.verify(raw(signature), f"{head}.{body}".encode())
    assert json.loads(raw(body))["credentialSubject"]["id"] == LOT


def lied(change: Callable[[dict[str, Any]], object]) -> str:
    """Return the token of an issuer who signs a certificate that was changed."""
    document = made()
    change(document)
    return sign(document, SIGNER)


def subject(document: dict[str, Any]) -> dict[str, Any]:
    return document["credentialSubject"]


def record(document: dict[str, Any]) -> dict[str, Any]:
    return document["evidence"][0]["rem:record"]


LIES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "more is held": (lambda d: subject(d)["rem:holding"][0].update(microgram="8"), "figures"),
    "another origin": (lambda d: subject(d)["rem:holding"][2]["origin"].update(kind="post-consumer"), "figures"),
    "another share": (lambda d: subject(d)["rem:share"][0].update(percent="99.00"), "figures"),
    "a share more": (lambda d: subject(d)["rem:share"].append({}), "figures"),
    "another lot": (lambda d: subject(d).update(id="https://id.example.org/lot/8"), "figures"),
    "entries changed": (lambda d: record(d)["entries"][1].__setitem__(3, "421"), "log"),
    "entries left out": (lambda d: record(d)["entries"].clear(), "log"),
    "a record left out": (lambda d: d["evidence"].pop(), "figures"),
    "a record twice": (lambda d: d["evidence"].append(d["evidence"][0]), "log"),
    "no evidence": (lambda d: d.update(evidence=[]), "log"),
    "another body": (lambda d: record(d).update(body="00" * 32), "log"),
    "another moment": (lambda d: record(d).update(recorded=1), "log"),
    "another place": (lambda d: record(d).update(seq=4), "log"),
    "a path too short": (lambda d: d["evidence"][0]["rem:path"].pop(), "log"),
    "a head of another root": (lambda d: d["evidence"][0]["rem:head"].update(root="11" * 32), "log"),
    "a head of another size": (lambda d: d["evidence"][0]["rem:head"].update(size=4), "log"),
    "not in force yet": (lambda d: d.update(validFrom="2027-03-02T00:00:00Z"), "time"),
    "no end": (lambda d: d.pop("validUntil"), "time"),
    "no status": (lambda d: d.pop("credentialStatus"), "status"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_what_was_changed_before_it_was_signed_is_found(lie: str) -> None:
    change, point = LIES[lie]
    assert checked(lied(change))[point] == "fail"


def test_a_certificate_that_is_not_the_issuers_is_refused() -> None:
    token = sign(made(), SIGNER)
    other = Signer.from_private_bytes(ISSUER, bytes(32))
    assert checked(token, trust=Trust.of(other.public())) == {"signature": "fail"}
    stranger = Signer.from_private_bytes("https://else.example.org", bytes(range(1, 33)))
    assert checked(token, trust=Trust.of(stranger.public())) == {"signature": "fail"}
    head, body, signature = token.split(".")
    for wrong in (
        f"{head}.{body}.",
        f"{head}.{body[:-2]}AA.{signature}",
        f"{head}.{signature}.{body}",
        "",
        "a.b.c",
        head,
    ):
        assert checked(wrong) == {"signature": "fail"}, wrong
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"vc+jwt"}').rstrip(b"=").decode()
    assert checked(f"{unsigned}.{body}.") == {"signature": "fail"}


def test_it_fails_closed() -> None:
    token = sign(made(), SIGNER)
    assert checked(token, status_token=None)["status"] == "cannot tell"
    assert not is_good(check(token, Trust.of(SIGNER.public()), [public_bytes(LOG_KEY)], NOW))
    old = sign(status_list(ISSUER, LIST, [], NOW - dt.timedelta(days=8)), SIGNER)
    assert checked(token, status_token=old)["status"] == "cannot tell"
    elsewhere = sign(status_list(ISSUER, LIST + "0", [], NOW), SIGNER)
    assert checked(token, status_token=elsewhere)["status"] == "cannot tell"
    assert checked(token, status_token=token)["status"] == "cannot tell"
    gone = sign(status_list(ISSUER, LIST, [17], NOW), SIGNER)
    assert checked(token, status_token=gone)["status"] == "fail"
    assert checked(token, log_keys=[])["log"] == "fail"
    assert checked(token, log_keys=[bytes(32)])["log"] == "fail"
    assert checked(token, now=NOW + dt.timedelta(days=91))["time"] == "fail"
    assert checked(token, events=[BODIES[0]])["events"] == "fail"


def test_a_lot_that_holds_nothing_gets_no_certificate() -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        certificate("https://id.example.org/lot/0", log(), ISSUER, NOW, days=1, status=entry(LIST, 1))
    taken = replace(log()[0], seq=9, entries=[(f"lot:{LOT}", "Nd", OLD.text, -421)])
    with pytest.raises(ValueError, match="less than nothing"):
        certificate(LOT, [*log(), taken], ISSUER, NOW, days=1, status=entry(LIST, 1))


@pytest.mark.parametrize("withdrawn", [[], [0], [7, 8, 131_071], [131_072, 200_000]])
def test_a_status_list_gives_back_every_place(withdrawn: list[int]) -> None:
    trust = Trust.of(SIGNER.public())
    token = sign(status_list(ISSUER, LIST, withdrawn, NOW), SIGNER)
    for place in {0, 1, 7, 8, 9, 131_071, *withdrawn}:
        assert is_withdrawn(entry(LIST, place), token, trust, ISSUER, NOW) == (place in withdrawn)
    with pytest.raises(CredentialError, match="no place"):
        is_withdrawn(entry(LIST, 10**9), token, trust, ISSUER, NOW)


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"a": {}}, {"a": {"keys": []}}, {"a": {"keys": [{"kty": "OKP", "crv": "X25519", "x": "AA"}]}},
     {"a": {"keys": [{"kty": "EC"}]}}, {"a": {"keys": ["x"]}}],
)  # fmt: skip
def test_keys_that_are_none_are_refused(document: object) -> None:
    with pytest.raises(CredentialError):
        Trust.of(document)


def test_another_kind_of_credential_is_no_certificate() -> None:
    token = sign(status_list(ISSUER, LIST, [], NOW), SIGNER)
    with pytest.raises(CredentialError, match="not a rem:LotCertificate"):
        opened(token, Trust.of(SIGNER.public()), ("rem:LotCertificate",))
