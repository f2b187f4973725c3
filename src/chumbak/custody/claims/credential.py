"""Signed statements: W3C verifiable credentials (data model 2.0) as JSON web tokens, ``vc+jwt``, by Ed25519.

A credential is a plain document. ``sign`` makes it a token of three parts; ``opened`` gives the document back if one of
the trusted keys of its issuer signed it, and refuses everything else. Keys are JSON web keys (RFC 7517, RFC 8037),
named by their thumbprint (RFC 7638). Nothing is fetched: who checks brings the keys that are trusted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"  # the full name of RFC 9864; what older readers call EdDSA
TYPE = "vc+jwt"
CONTEXT = "https://www.w3.org/ns/credentials/v2"
MOST_BYTES = 2_000_000  # of a token


class CredentialError(ValueError):
    """A token that is none, or is not signed by whom it has to be."""


@dataclass(frozen=True)
class Signer:
    """Who signs: ``issuer``, an identifier (``did:...`` or ``https:...``), and its key, private part and all."""

    issuer: str
    key: OKPKey = field(repr=False)

    @staticmethod
    def from_private_bytes(issuer: str, secret: bytes) -> Signer:
        """Return the signer with the Ed25519 key of 32 bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        pem = Ed25519PrivateKey.from_private_bytes(secret).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        return Signer(issuer, OKPKey.import_key(pem))

    @property
    def name(self) -> str:
        """Return the name of the key, its thumbprint."""
        return self.key.thumbprint()

    def public(self) -> dict[str, Any]:
        """Return what others need to trust this signer: a part of a ``Trust`` document."""
        return {self.issuer: {"keys": [{**self.key.as_dict(private=False), "kid": self.name, "alg": ALGORITHM}]}}


@dataclass(frozen=True)
class Trust:
    """The keys that are trusted, by issuer and name."""

    keys: Mapping[str, Mapping[str, OKPKey]]

    @staticmethod
    def of(document: object) -> Trust:
        """Return the trust that a document ``{issuer: {"keys": [JSON web key, ...]}}`` states.

        Raises ``CredentialError`` for anything else, and for keys that are not Ed25519.
        """
        if not isinstance(document, dict) or not document:
            raise CredentialError("The trusted keys are no table of issuers. Write {issuer: {keys: [...]}}.")
        found: dict[str, dict[str, OKPKey]] = {}
        for issuer, held in document.items():
            listed = held.get("keys") if isinstance(held, dict) else None
            if not isinstance(listed, list) or not listed:
                raise CredentialError(f"The issuer '{issuer}' has no list of keys. Write {{issuer: {{keys: [...]}}}}.")
            found[issuer] = {}
            for one in listed:
                try:
                    key = OKPKey.import_key({name: one[name] for name in ("kty", "crv", "x")})
                    if one["crv"] != "Ed25519":
                        raise ValueError(one["crv"])
                except (JoseError, ValueError, KeyError, TypeError):
                    raise CredentialError(f"A key of '{issuer}' is no Ed25519 key. Give kty, crv and x.") from None
                found[issuer][key.thumbprint()] = key
        return Trust(found)


def sign(credential: Mapping[str, Any], signer: Signer) -> str:
    """Return a credential as a token. Its issuer has to be the signer's; raises ``ValueError`` otherwise."""
    if credential.get("issuer") != signer.issuer:
        raise ValueError("the credential is of another issuer")
    head = {"alg": ALGORITHM, "typ": TYPE, "cty": "vc", "kid": signer.name}
    body = json.dumps(credential, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return jws.serialize_compact(head, body.encode(), signer.key, algorithms=[ALGORITHM])


def opened(token: str, trust: Trust, kinds: Iterable[str] = ("VerifiableCredential",)) -> dict[str, Any]:
    """Return the credential in a token, signed by a trusted key of its issuer and of all ``kinds`` asked for.

    Raises ``CredentialError`` with a sentence for everything else.
    """
    if len(token) > MOST_BYTES:
        raise CredentialError(f"The token is longer than {MOST_BYTES:,} bytes.")
    try:
        parts = jws.extract_compact(token.strip().encode())
        head = parts.headers()
        document = json.loads(parts.payload)
    except (JoseError, ValueError, UnicodeError, RecursionError):
        raise CredentialError("This is no signed credential: three parts of base64 with dots between them.") from None
    if head.get("typ") != TYPE or head.get("alg") != ALGORITHM or "crit" in head:
        raise CredentialError(f"The token is not of type {TYPE} signed with {ALGORITHM}.")
    if not isinstance(document, dict):
        raise CredentialError("The token holds no document.")
    issuer = document.get("issuer")
    trusted = trust.keys.get(issuer) if isinstance(issuer, str) else None
    if not trusted:
        raise CredentialError(f"The issuer '{issuer}' is not among those trusted: {', '.join(trust.keys)}.")
    key = trusted.get(str(head.get("kid")))
    if key is None:
        raise CredentialError(f"The token is signed with a key of '{issuer}' that is not trusted.")
    try:
        jws.deserialize_compact(token.strip(), key, algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        raise CredentialError("The signature is wrong: what is signed was changed, or another key signed it.") from None
    context, types = document.get("@context"), document.get("type")
    if not isinstance(context, list) or not context or context[0] != CONTEXT:
        raise CredentialError(f"The document is no credential: its first context is not {CONTEXT}.")
    missing = [kind for kind in kinds if not isinstance(types, list) or kind not in types]
    if missing:
        raise CredentialError(f"The credential is not a {missing[0]}.")
    return document
