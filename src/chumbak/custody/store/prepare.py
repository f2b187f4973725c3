"""From an event to what the writer needs: its bytes, its digest, what it says about elements, what queries ask of it.

All that is slow and needs no database is done here, in the thread of whoever sends. The bytes kept of an event are JSON
without blanks: ``{"hash": ..., "context": ..., "event": ...}``, keys in the order they came in and numbers digit for
digit (an exponent is written as ``E+3``). The digest, by which a retry is told from another event under the same id,
is the SHA-256 of the context and the event, both with all keys sorted and one behind the other; ``recordTime`` is left
out of it, since it is ours to set. Of an event without an ``eventID``, whose id is its hash, it is the SHA-256 of that:
the same content spelled otherwise is the same event.

An event that declares an earlier one erroneous has the id of that one and ``#errorDeclaration`` behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from chumbak.custody.epcis.event_hash import event_hash
from chumbak.custody.epcis.identifiers import canonical
from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.ledger.content import prefix_of, read_statement
from chumbak.custody.ledger.statement import Statement
from chumbak.custody.log.record import KINDS
from chumbak.custody.store.facts import Facts, facts, items

DECLARED = "#errorDeclaration"
MOST_TEXT = 4096  # characters of an id or of another text that is indexed

_encode = msgspec.json.Encoder(decimal_format="number").encode
_sorted = msgspec.json.Encoder(decimal_format="number", order="sorted").encode
decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(slots=True)  # not frozen: that would take longer to make than to read the event
class Prepared:
    """A record on its way to the log.

    ``digest`` tells a retry. Of an event: its ``statement`` (None where it says nothing of elements), and what queries
    ask of it (``facts``, ``items``). Of one that declares another erroneous: the ``first`` event's id and digest, and
    ``statement`` is that of the first.
    """

    kind: str
    id: str
    body: bytes
    digest: bytes
    statement: Statement | None = None
    facts: Facts | None = None
    items: tuple[tuple[str, str], ...] = ()
    first: str | None = None
    first_digest: bytes = b""


class _Kept(msgspec.Struct):
    """The kept bytes of an event; the context is much the same in all of them, so it is read once."""

    hash: str
    context: msgspec.Raw
    event: dict[str, Any]


_decode_kept = msgspec.json.Decoder(_Kept, float_hook=Decimal).decode


@lru_cache(maxsize=1024)
def _said(context: bytes) -> tuple[str, bytes]:
    """Return the prefix of the extension in a context, and the context with all keys sorted."""
    value = decode(context)
    return prefix_of(value), _sorted(value)


def prepare(event: Mapping[str, Any], context: Any) -> Prepared:
    """Prepare an event that passed validation, with the ``@context`` it stands in.

    Its own ``@context``, if it has one, is part of that: one event sent alone and in a document is the same event.
    Raises ``LedgerError`` with every fault in what it says about elements.
    """
    event = {name: value for name, value in event.items() if name != "@context"}
    bare = _bare(event)
    hash = event_hash(bare, context)
    body = _encode({"hash": hash, "context": context, "event": event})
    prepared = _prepared(event, bare, prefix_of(context), _sorted(context), hash, body)
    _check_texts(prepared)
    return prepared


def again(body: bytes) -> Prepared:
    """Prepare an event once more from its kept bytes, taking its hash as it stands there."""
    kept = _decode_kept(body)
    event = kept.event
    return _prepared(event, _bare(event), *_said(bytes(kept.context)), kept.hash, body)


def plain(kind: str, id: str, body: Mapping[str, Any]) -> Prepared:
    """Prepare a record of another kind than an event; ``body`` is a JSON object, numbers ``int`` or ``Decimal``."""
    if kind not in KINDS or kind == "event":
        raise ValueError(f"'{kind}' is no kind of record; it is one of {', '.join(KINDS[1:])}.")
    _check_text(id, "/id")
    return Prepared(kind, id, _encode(body), digest_of(body))


def digest_of(body: object) -> bytes:
    """Return the digest of a record that is no event, of its body as read."""
    return sha256(_sorted(body)).digest()


def hash_of(body: bytes) -> str:
    """Return the CBV hash of an event, worked out anew from its kept bytes."""
    kept = decode(body)
    return event_hash(kept["event"], kept["context"])


def read_event(body: bytes) -> tuple[dict[str, Any], Any, str]:
    """Return the event, its context and its CBV hash of the kept bytes."""
    kept = decode(body)
    return kept["event"], kept["context"], kept["hash"]


@lru_cache(maxsize=65536)
def one_name(uri: str) -> str:
    """Return the one name of what can be written as a URN and in several Digital Links; others keep theirs."""
    return canonical(uri) or uri


def _bare(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what an event says, without what was said of it later."""
    if "errorDeclaration" not in event and "recordTime" not in event:
        return event
    return {name: value for name, value in event.items() if name not in ("errorDeclaration", "recordTime")}


def _prepared(
    event: Mapping[str, Any], bare: Mapping[str, Any], prefix: str, context: bytes, hash: str, body: bytes
) -> Prepared:
    statement = read_statement(bare, prefix, one_name)
    id = bare.get("eventID") or hash
    if id.endswith(DECLARED):  # else it could pass for the declaration of an event that is still to come
        what = f"an eventID that ends in {DECLARED} is kept for events with an errorDeclaration"
        raise LedgerError([Finding("/eventID", what, "Give the event another eventID")])
    # An event without an id of its own is named by its hash, which is the same however its content is spelled.
    digest = first_digest = sha256(context + _sorted(bare) if "eventID" in bare else hash.encode()).digest()
    first = None
    if "errorDeclaration" in event:
        first, id = id, id + DECLARED
        said = {name: value for name, value in event.items() if name != "recordTime"}
        digest = sha256(context + _sorted(said)).digest()
    try:
        row = facts(event, hash)
    except (ValueError, OverflowError) as error:
        raise LedgerError([Finding("/eventTime", f"{error}", "Write a time such as 2026-11-22T10:00:00Z")]) from error
    # Whoever asks with a URN finds what was written as a Digital Link, and the other way round.
    named = set(items(event))
    named.update([(name, role) for value, role in named if (name := one_name(value)) != value])
    return Prepared("event", id, body, digest, statement, row, tuple(sorted(named)), first, first_digest)


def _check_texts(prepared: Prepared) -> None:
    """Refuse an event that has a text that a database cannot keep."""
    texts = [text for text in prepared.facts or () if isinstance(text, str)] + [value for value, _ in prepared.items]
    together = prepared.id + "".join(texts)
    if len(together) <= MOST_TEXT and together.isascii() and "\0" not in together:
        return
    _check_text(prepared.id, "/eventID")
    for text in texts:
        _check_text(text, "")


def _check_text(text: str, pointer: str) -> None:
    """Refuse what a database cannot keep as a text."""
    if len(text) > MOST_TEXT:
        what = f"a text of {len(text)} characters ({text[:40]}...) is too long to be found again"
        raise LedgerError([Finding(pointer, what, f"Write at most {MOST_TEXT}")])
    if "\0" in text or (not text.isascii() and not _is_unicode(text)):
        raise LedgerError([Finding(pointer, f"{text[:40]!r} holds a character that no text has", "Leave it out")])


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
