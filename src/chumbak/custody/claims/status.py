"""Whether a certificate was withdrawn: a W3C Bitstring Status List (2025), itself a signed credential.

One bit a certificate, 0 as long as it holds. A list says until when it may be relied on; an older one says nothing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import gzip
import io
from collections.abc import Iterable, Mapping
from typing import Any

from chumbak.custody.claims.credential import CONTEXT, CredentialError, Trust, opened

LEAST_BITS = 131_072  # of a list, so that a place in it does not single out a certificate
MOST_BYTES = 4_000_000  # of a list that is unpacked
KIND = "BitstringStatusListCredential"


def status_list(issuer: str, address: str, withdrawn: Iterable[int], now: dt.datetime, days: int = 7) -> dict[str, Any]:
    """Return the credential that says which places of the list at ``address`` are withdrawn; it holds for ``days``."""
    places = sorted(set(withdrawn))
    bits = bytearray(max(LEAST_BITS, (places[-1] // 8 + 1) * 8 if places else 0) // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8  # the first place is the leftmost bit
    packed = gzip.compress(bytes(bits), mtime=0)
    return {
        "@context": [CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", KIND],
        "issuer": issuer,
        "validFrom": written(now),
        "validUntil": written(now + dt.timedelta(days=days)),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode(),
        },
    }


def entry(address: str, place: int) -> dict[str, str]:
    """Return what a certificate says of its place in a list."""
    return {
        "id": f"{address}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(place),
        "statusListCredential": address,
    }


def is_withdrawn(status: Mapping[str, Any], token: str, trust: Trust, issuer: str, now: dt.datetime) -> bool:
    """Say whether the place that a certificate's ``status`` names is withdrawn, by the list in ``token``.

    Raises ``CredentialError`` for a list that is another, of another issuer, not in force, or damaged.
    """
    document = opened(token, trust, ("VerifiableCredential", KIND))
    if document["issuer"] != issuer:
        raise CredentialError("The status list is of another issuer than the certificate.")
    if document.get("id") != status.get("statusListCredential"):
        raise CredentialError(f"The status list is not the one named: {status.get('statusListCredential')}.")
    held = document.get("credentialSubject")
    if not isinstance(held, dict) or held.get("statusPurpose") != status.get("statusPurpose"):
        raise CredentialError("The status list is of another purpose.")
    if not in_force(document, now):
        raise CredentialError("The status list is not in force now: get a newer one.")
    encoded = held.get("encodedList")
    bits = _unpacked(encoded if isinstance(encoded, str) else "")
    named = str(status.get("statusListIndex"))
    if not (named.isascii() and named.isdigit()) or int(named) >= 8 * len(bits):
        raise CredentialError("The certificate names no place of the status list.")
    return bool(bits[int(named) // 8] & 0x80 >> int(named) % 8)


def in_force(document: Mapping[str, Any], now: dt.datetime) -> bool:
    """Say whether a credential is in force: it has begun, and says of an end that it is not past."""
    try:
        return read_time(document["validFrom"]) <= now <= read_time(document["validUntil"])
    except (KeyError, ValueError):
        return False


def written(when: dt.datetime) -> str:
    """Return a moment as credentials write it, to the second, in UTC."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: object) -> dt.datetime:
    """Return a moment. Raises ``ValueError`` for anything without a time zone."""
    found = dt.datetime.fromisoformat(str(text))
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


def _unpacked(encoded: str) -> bytes:
    wrong = CredentialError("The status list is damaged.")
    if not encoded.startswith("u"):
        raise wrong
    try:
        packed = base64.b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4), altchars=b"-_", validate=True)
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            bits = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, ValueError, binascii.Error):
        raise wrong from None
    if not LEAST_BITS // 8 <= len(bits) <= MOST_BYTES:
        raise wrong
    return bits
