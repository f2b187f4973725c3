"""The tables of persons and parties.

============  ========================================================================================================
party         a household, office, trader, recycler or producer: a meaningless id, its kind, whether it pays tax
party_about   its name, place and registration: erasable
person        a meaningless id, the party that the person acts for
person_about  name, phone and language: erasable
role          what a person may do, and who gave it
code          one-time codes on their way: hashed, with their end and tries; gone a day later
session       browsers that are signed in, or have shown a phone and are joining: hash of their cookie
passkey       public keys of devices that sign in
spent         challenges that were answered, until they would be too old anyway: none is answered twice
consent       what a person agreed to: purpose, version, from when to when
document      papers that a party showed: keyed hash of the number and its last four letters; how they were judged
document_file their pictures: erasable
earned        steps of the ladder that a party went by training or by an administrator's word
============  ========================================================================================================
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary

from chumbak.exchange.store.tables import FLAG, LONG, WORD, table

KINDS = ("household", "office", "trader", "recycler", "producer")
STATES = ("active", "suspended", "erased")
TRIES = 5  # of a one-time code


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})")


parties = table(
    "party",
    Column("id", WORD, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("registered", FLAG, nullable=False),
    Column("made_us", LONG, nullable=False),
    _one_of("kind", KINDS),
)
party_about = table(
    "party_about",
    Column("party", WORD, ForeignKey("party.id"), primary_key=True),
    Column("name", WORD, nullable=False),
    Column("place", WORD, nullable=False),
    Column("registration", WORD, nullable=False),
)
persons = table(
    "person",
    Column("id", WORD, primary_key=True),
    Column("party", WORD, ForeignKey("party.id"), nullable=False),
    Column("state", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
    _one_of("state", STATES),
    Index("person_party", "party"),
)
person_about = table(
    "person_about",
    Column("person", WORD, ForeignKey("person.id"), primary_key=True),
    Column("name", WORD, nullable=False),
    Column("phone", WORD, nullable=False),
    Column("phone_key", WORD, nullable=False, unique=True),
    Column("language", WORD, nullable=False),
)
roles = table(
    "role",
    Column("person", WORD, ForeignKey("person.id"), primary_key=True),
    Column("role", WORD, primary_key=True),
    Column("given_by", WORD, nullable=False),
    Column("given_us", LONG, nullable=False),
    CheckConstraint("given_by <> person OR role IN ('citizen', 'trader')", name="role_not_by_oneself"),
)
codes = table(
    "code",
    Column("id", WORD, primary_key=True),
    Column("browser", WORD, nullable=False),
    Column("address_key", WORD, nullable=False),
    Column("phone_key", WORD, nullable=False),
    Column("phone", WORD, nullable=False),
    Column("code_hash", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("ends_us", LONG, nullable=False),
    Column("tries", LONG, nullable=False),
    Column("used_us", LONG),
    CheckConstraint(f"tries BETWEEN 0 AND {TRIES}"),
    Index("code_browser", "browser"),
    Index("code_phone", "phone_key", "made_us"),
    Index("code_address", "address_key", "made_us"),
    Index("code_made", "made_us"),
)
sessions = table(
    "session",
    Column("id", WORD, primary_key=True),
    Column("token_hash", WORD, nullable=False, unique=True),
    Column("person", WORD, ForeignKey("person.id")),
    Column("joining_phone", WORD, nullable=False),
    Column("joining_name", WORD, nullable=False),
    Column("joining_role", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("seen_us", LONG, nullable=False),
    Column("ends_us", LONG, nullable=False),
    Index("session_person", "person"),
    Index("session_ends", "ends_us"),
)
passkeys = table(
    "passkey",
    Column("id", WORD, primary_key=True),
    Column("person", WORD, ForeignKey("person.id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("counter", LONG, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("used_us", LONG),
    Index("passkey_person", "person"),
)
spent = table(
    "spent",
    Column("challenge", WORD, primary_key=True),
    Column("until_us", LONG, nullable=False),
)
consents = table(
    "consent",
    Column("n", LONG, primary_key=True),
    Column("person", WORD, ForeignKey("person.id"), nullable=False),
    Column("purpose", WORD, nullable=False),
    Column("version", WORD, nullable=False),
    Column("given_us", LONG, nullable=False),
    Column("withdrawn_us", LONG),
    Index("consent_person", "person", "purpose"),
)
documents = table(
    "document",
    Column("id", WORD, primary_key=True),
    Column("party", WORD, ForeignKey("party.id"), nullable=False),
    Column("person", WORD, ForeignKey("person.id"), nullable=False),
    Column("kind", WORD, nullable=False),
    Column("number_key", WORD, nullable=False),
    Column("last4", WORD, nullable=False),
    Column("number", WORD, nullable=False),  # in full only of kinds that are printed on invoices, else ""
    Column("state", WORD, nullable=False),
    Column("reason", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("judged_us", LONG),
    Column("judged_by", WORD),
    _one_of("state", ("waiting", "accepted", "refused")),
    CheckConstraint("judged_by IS NULL OR judged_by <> person", name="document_not_by_oneself"),
    CheckConstraint("(state = 'waiting') = (judged_us IS NULL)"),
    Index("document_party", "party", "kind"),
    Index("document_state", "state", "made_us"),
    Index("document_number", "number_key"),
)
document_files = table(
    "document_file",
    Column("document", WORD, ForeignKey("document.id"), primary_key=True),
    Column("media", WORD, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
earned = table(
    "earned",
    Column("party", WORD, ForeignKey("party.id"), primary_key=True),
    Column("step", WORD, primary_key=True),
    Column("by", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
)
