"""Passkeys: signing in with a key that the person's device holds (WebAuthn), by the ``webauthn`` library.

A challenge is made without writing anything: it carries its time and a keyed hash that ties it to the browser and to
what it is for. Answered, it is written down as spent, and cannot be answered again.
"""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, NoResultFound
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from chumbak.exchange.desk import Desk, Work
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.persons import Person, person
from chumbak.exchange.refusal import N_, Refusal

SECONDS = 300  # that an answer may take
MOST = 10  # passkeys of a person
ADDING, ENTERING = "adding", "entering"
WRONG = N_("This passkey was not accepted. Try again, or sign in with a code.")
_NAME = "Chumbak"


def origin(desk: Desk) -> str:
    """Return the origin (scheme, host, port) at which passkeys hold: that of the exchange's address."""
    parts = urlsplit(desk.base)
    return f"{parts.scheme}://{parts.netloc}"


def host(desk: Desk) -> str:
    """Return the name to which passkeys are bound."""
    return urlsplit(desk.base).hostname or ""


def options_to_add(work: Work, browser: str, who: Person) -> str:
    """Return, as JSON, what a browser needs to make a passkey."""
    known = [PublicKeyCredentialDescriptor(webauthn.base64url_to_bytes(one.id)) for one in of(work, who.id)]
    made = webauthn.generate_registration_options(
        rp_id=host(work.desk), rp_name=_NAME, user_id=who.id.encode(), user_name=who.name, user_display_name=who.name,
        challenge=_challenge(work, browser, ADDING), timeout=SECONDS * 1000, exclude_credentials=known,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )  # fmt: skip
    return webauthn.options_to_json(made)


def add(work: Work, browser: str, who: Person, answer: str) -> None:
    """Keep the passkey that a browser made. Raises ``Refusal``."""
    if len(of(work, who.id)) >= MOST:
        raise Refusal(N_("You have %(most)s passkeys. Remove one first."), most=MOST)
    try:
        found = webauthn.verify_registration_response(
            credential=answer, expected_challenge=_spend(work, browser, ADDING, answer),
            expected_rp_id=host(work.desk), expected_origin=origin(work.desk), require_user_verification=True,
        )  # fmt: skip
        row = {
            "id": bytes_to_base64url(found.credential_id),
            "person": who.id,
            "public_key": found.credential_public_key,
        }
        with work.connection.begin_nested():
            work.connection.execute(t.passkeys.insert().values(**row, counter=found.sign_count, made_us=work.now_us))
    except (WebAuthnException, IntegrityError, ValueError, KeyError, TypeError, RecursionError):
        raise Refusal(WRONG) from None
    work.audit("passkey-added", who.id)


def options_to_enter(work: Work, browser: str) -> str:
    """Return, as JSON, what a browser needs to sign in with a passkey; whose, the passkey says."""
    made = webauthn.generate_authentication_options(
        rp_id=host(work.desk), challenge=_challenge(work, browser, ENTERING), timeout=SECONDS * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return webauthn.options_to_json(made)


def enter(work: Work, browser: str, answer: str) -> Person:
    """Return whose passkey answered. Raises ``Refusal``, also for a counter that went back: the key was copied."""
    try:
        said = webauthn.helpers.parse_authentication_credential_json(answer)
        row = work.connection.execute(select(t.passkeys).where(t.passkeys.c.id == said.id)).one()
        found = webauthn.verify_authentication_response(
            credential=said, expected_challenge=_spend(work, browser, ENTERING, answer),
            expected_rp_id=host(work.desk), expected_origin=origin(work.desk), credential_public_key=row.public_key,
            credential_current_sign_count=row.counter, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, LookupError, ValueError, TypeError, NoResultFound, RecursionError):
        raise Refusal(WRONG) from None
    told = {"counter": found.new_sign_count, "used_us": work.now_us}
    work.connection.execute(t.passkeys.update().where(t.passkeys.c.id == row.id).values(**told))
    who = person(work, row.person)
    if who.state != "active":
        raise Refusal(WRONG)
    return who


def of(work: Work, id: str) -> list[Any]:
    """Return the passkeys of a person, in the order in which they were made."""
    mine = select(t.passkeys).where(t.passkeys.c.person == id).order_by(t.passkeys.c.made_us)
    return list(work.connection.execute(mine))


def remove(work: Work, id: str, passkey: str) -> None:
    """Remove a passkey of a person; one that is not theirs stays."""
    mine = (t.passkeys.c.person == id) & (t.passkeys.c.id == passkey)
    if work.connection.execute(delete(t.passkeys).where(mine)).rowcount:
        work.audit("passkey-removed", id)


def _challenge(work: Work, browser: str, purpose: str) -> bytes:
    head = work.now_us.to_bytes(8, "big") + work.desk.random.getrandbits(128).to_bytes(16, "big")
    return head + _tied(work.desk, browser, purpose, head)


def _tied(desk: Desk, browser: str, purpose: str, head: bytes) -> bytes:
    return hmac.new(desk.secret, f"challenge\0{purpose}\0{browser}\0".encode() + head, sha256).digest()


def _spend(work: Work, browser: str, purpose: str, answer: str) -> bytes:
    """Return the challenge that an answer is to, spent now. Raises ``ValueError``."""
    said = webauthn.helpers.parse_client_data_json(_client_data(answer)).challenge
    head, tied = said[:24], said[24:]
    made_us = int.from_bytes(head[:8], "big")
    if not hmac.compare_digest(tied, _tied(work.desk, browser, purpose, head)):
        raise ValueError("A challenge that is not ours, or not for this.")
    until = made_us + SECONDS * 1_000_000
    if not made_us <= work.now_us < until:
        raise ValueError("A challenge that is too old.")
    work.connection.execute(delete(t.spent).where(t.spent.c.until_us <= work.now_us))
    try:
        with work.connection.begin_nested():
            work.connection.execute(t.spent.insert().values(challenge=said.hex(), until_us=until))
    except IntegrityError:
        raise ValueError("A challenge that was answered before.") from None
    return said


def _client_data(answer: str) -> bytes:
    return webauthn.base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"])
