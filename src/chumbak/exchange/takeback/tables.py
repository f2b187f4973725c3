"""The tables of take-back. A booking and its devices go from state to state.

A quote and its lines never change; they are removed if nobody books it (``quotes.forget``).
Addresses and handles for payment stand in ``takeback_private`` alone, and go when the booking is over.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from chumbak.exchange.store.tables import FLAG, LONG, WORD, fixed, frozen, table

BOOKED, PRICED, CONFIRMED, HANDED, RECEIVED, CHANGED, AGREED, PAID, CANCELLED = (
    "booked", "priced", "confirmed", "handed", "received", "changed", "agreed", "paid", "cancelled"
)  # fmt: skip
STATES = (BOOKED, PRICED, CONFIRMED, HANDED, RECEIVED, CHANGED, AGREED, PAID, CANCELLED)
# Of a device: quoted, left out (not given up), given up, at the plant, not found there, decided about then, waiting at
# the plant for a person's decision, kept, to go back, back, cleared of data, taken apart.
QUOTED, LEFT, GIVEN, ARRIVED, MISSING, DECIDED, WAITING, KEPT, RETURNING, RETURNED, CLEARED, APART = (
    "quoted", "left", "given", "arrived", "missing", "decided", "waiting", "kept", "returning", "returned", "cleared",
    "apart",
)  # fmt: skip
DEVICE_STATES = (
    QUOTED, LEFT, GIVEN, ARRIVED, MISSING, DECIDED, WAITING, KEPT, RETURNING, RETURNED, CLEARED, APART
)  # fmt: skip
EARNING = (KEPT, CLEARED, APART)  # what has been paid, or is when the take-back is
CITIZEN, COLLECTOR, PLANT = NAMERS = ("citizen", "collector", "plant")


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})")


_KNOWN = text("serial_key <> ''")
_USED = text("used_us IS NOT NULL")
quote = fixed(
    table(
        "takeback_quote",
        Column("id", WORD, primary_key=True),
        Column("made_us", LONG, nullable=False),
        Column("until_us", LONG, CheckConstraint("until_us > made_us"), nullable=False),
        Column("tariff", WORD, nullable=False),
        Column("invented", FLAG, nullable=False),
        Column("catalogue", WORD, nullable=False),
        Column("share", WORD, nullable=False),
        Column("price_year", LONG, nullable=False),
        Column("when_refused", WORD, nullable=False),
        Column("answer_days", LONG, nullable=False),
        Column("paise", LONG, CheckConstraint("paise >= 0"), nullable=False),
        Index("takeback_quote_until", "until_us"),
    )
)
# What every kind of a quote earns in every condition: a later look changes the price by this and by nothing else.
card = fixed(
    table(
        "takeback_card",
        Column("quote", WORD, ForeignKey("takeback_quote.id"), primary_key=True),
        Column("kind", WORD, primary_key=True),
        Column("condition", WORD, primary_key=True),
        Column("data", WORD, nullable=False),
        Column("serial", WORD, nullable=False),
        Column("paise", LONG, CheckConstraint("paise >= 0"), nullable=False),
        Column("reward", WORD, nullable=False),
    )
)
item = fixed(
    table(
        "takeback_item",
        Column("quote", WORD, ForeignKey("takeback_quote.id"), primary_key=True),
        Column("n", LONG, primary_key=True, autoincrement=False),
        Column("kind", WORD, nullable=False),
        Column("condition", WORD, nullable=False),
        Column("serial_key", WORD, nullable=False),
        Column("other_key", WORD, nullable=False),
    )
)
slot = table(
    "takeback_slot",
    Column("id", WORD, primary_key=True),
    Column("way", WORD, _one_of("way", ("home", "drop")), nullable=False),
    Column("place", WORD, nullable=False),
    Column("where_text", WORD, nullable=False),
    Column("collector", WORD, nullable=False),
    Column("recycler", WORD, nullable=False),
    Column("begins_us", LONG, nullable=False),
    Column("ends_us", LONG, CheckConstraint("ends_us > begins_us"), nullable=False),
    Column("capacity", LONG, CheckConstraint("capacity > 0"), nullable=False),
    Column("taken", LONG, CheckConstraint("taken >= 0"), nullable=False),
    CheckConstraint("taken <= capacity", name="takeback_slot_full"),
    Index("takeback_slot_when", "begins_us"),
)
booking = table(
    "takeback_booking",
    Column("id", WORD, primary_key=True),
    Column("quote", WORD, ForeignKey("takeback_quote.id"), nullable=False, unique=True),
    Column("person", WORD, nullable=False),
    Column("party", WORD, nullable=False),
    Column("slot", WORD, ForeignKey("takeback_slot.id"), nullable=False),
    Column("collector", WORD, nullable=False),
    Column("recycler", WORD, nullable=False),
    Column("address_key", WORD, nullable=False),
    Column("how", WORD, _one_of("how", ("wallet", "upi", "voucher")), nullable=False),
    Column("state", WORD, _one_of("state", STATES), nullable=False),
    Column("paise", LONG, CheckConstraint("paise >= 0"), nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("changed_us", LONG, nullable=False),
    Column("answer_us", LONG),
    Index("takeback_booking_person", "person", "made_us"),
    Index("takeback_booking_collector", "collector", "state"),
    Index("takeback_booking_recycler", "recycler", "state"),
)
device = table(
    "takeback_device",
    Column("id", WORD, primary_key=True),
    Column("booking", WORD, ForeignKey("takeback_booking.id"), nullable=False),
    Column("n", LONG, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("quoted", WORD, nullable=False),
    Column("seen", WORD, nullable=False),
    Column("found", WORD, nullable=False),
    Column("note", WORD, nullable=False),
    Column("serial_key", WORD, nullable=False),
    Column("other_key", WORD, nullable=False, default=""),  # of a phone with two SIMs
    Column("named_by", WORD, _one_of("named_by", ("", *NAMERS)), nullable=False, default=""),  # who typed the number
    Column("unread", WORD, nullable=False, default=""),  # why nobody could read it
    Column("numbered", FLAG, nullable=False, default=False),  # whether it earns by its number alone
    Column("let_by", WORD, nullable=False, default=""),  # the alarm after which a person let it earn without
    Column("grams", LONG, CheckConstraint("grams > 0")),
    Column("paise", LONG, CheckConstraint("paise >= 0"), nullable=False),
    Column("found_paise", LONG, CheckConstraint("found_paise >= 0")),
    Column("state", WORD, _one_of("state", DEVICE_STATES), nullable=False),
    UniqueConstraint("booking", "n"),
    CheckConstraint("other_key = '' OR (serial_key <> '' AND other_key <> serial_key)"),
    CheckConstraint(
        "NOT numbered OR serial_key <> '' OR let_by <> '' OR state NOT IN ('kept', 'cleared', 'apart')",
        name="takeback_no_number_no_reward",
    ),
    Index("takeback_device_serial", "booking", "serial_key", unique=True, sqlite_where=_KNOWN, postgresql_where=_KNOWN),
)
# The code of a hand-over: what is kept is a keyed hash of it with the booking and the price.
code = table(
    "takeback_code",
    Column("booking", WORD, ForeignKey("takeback_booking.id"), primary_key=True),
    Column("n", LONG, primary_key=True, autoincrement=False),
    Column("paise", LONG, nullable=False),
    Column("hashed", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("until_us", LONG, nullable=False),
    Column("left", LONG, CheckConstraint('"left" >= 0'), nullable=False),
    Column("used_us", LONG),
    Column("void", FLAG, nullable=False),
    CheckConstraint("used_us IS NULL OR NOT void"),
    Index("takeback_code_used_once", "booking", unique=True, sqlite_where=_USED, postgresql_where=_USED),
)
history = frozen(
    table(
        "takeback_history",
        Column("n", LONG, primary_key=True),
        Column("booking", WORD, ForeignKey("takeback_booking.id"), nullable=False),
        Column("made_us", LONG, nullable=False),
        Column("actor", WORD, nullable=False),
        Column("what", WORD, nullable=False),
        Column("said", WORD, nullable=False),
        Column("paise", LONG),
        Index("takeback_history_booking", "booking", "n"),
    )
)
certificate = frozen(
    table(
        "takeback_certificate",
        Column("id", WORD, primary_key=True),
        Column("booking", WORD, ForeignKey("takeback_booking.id"), nullable=False),
        Column("made_us", LONG, nullable=False),
        Column("event", WORD, nullable=False, unique=True),
        Column("hash", WORD, nullable=False),
        Column("document", WORD, nullable=False),
        Index("takeback_certificate_booking", "booking"),
    )
)
output = frozen(
    table(
        "takeback_output",
        Column("id", WORD, primary_key=True),
        Column("recycler", WORD, nullable=False),
        Column("name", WORD, nullable=False),
        Column("grams", LONG, CheckConstraint("grams > 0"), nullable=False),
        Column("event", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Index("takeback_output_recycler", "recycler", "made_us"),
    )
)
private = table(
    "takeback_private",
    Column("booking", WORD, ForeignKey("takeback_booking.id"), primary_key=True),
    Column("address", WORD, nullable=False),
    Column("handle", WORD, nullable=False),
)
