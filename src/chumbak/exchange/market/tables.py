"""The tables of the market.

============  ========================================================================================================
lot           what is for sale: class, weight, count, seal, place; how it is sold; the fair price that was shown
lot_photo     its photographs, without what cameras write into them; their hashes are in custody
lot_serial    keyed hashes of the serial numbers of its devices, as far as the seller lists them
offer         offers and counter-offers: between the seller and one buyer; one open at a time
bid           bids of auctions, in the order in which they came; never changed
award         who won a lot: one row each time that it is listed, never changed
============  ========================================================================================================

A lot is a draft until its seller has seen the fair price and opens it. It ends awarded, unsold or withdrawn; one
that was not sold, or whose sale was called off, may be opened again.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, UniqueConstraint, text

from chumbak.exchange.store.tables import LONG, WORD, frozen, table

WAYS = ("offers", "sealed", "open")  # how a lot is sold
STATES = ("draft", "open", "awarded", "unsold", "withdrawn")
ORIGINS = ("post-consumer", "pre-consumer")  # as custody calls them: out of used goods, or left over from making
OFFER_STATES = ("open", "countered", "accepted", "refused", "withdrawn", "lost", "expired")


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})")


lots = table(
    "lot",
    Column("id", WORD, primary_key=True),
    Column("seller", WORD, nullable=False),
    Column("person", WORD, nullable=False),
    Column("goods", WORD, nullable=False),
    Column("origin", WORD, nullable=False),
    Column("pieces", LONG, nullable=False),
    Column("grams", LONG, nullable=False),
    Column("seal", WORD, nullable=False),
    Column("place", WORD, nullable=False),
    Column("state", WORD, nullable=False),
    Column("way", WORD, nullable=False),
    Column("reserve_paise", LONG, nullable=False),
    Column("step_paise", LONG, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("opened_us", LONG),
    Column("closes_us", LONG),
    Column("ended_us", LONG),
    Column("fair_paise", LONG),
    Column("fair", WORD),
    Column("buyer", WORD),
    Column("price_paise", LONG),
    Column("contract", WORD),
    Column("listed", LONG, nullable=False),  # how often it was opened: from the first time on custody knows it
    _one_of("state", STATES),
    _one_of("way", WAYS),
    _one_of("origin", ORIGINS),
    CheckConstraint("grams >= 0 AND pieces >= 0 AND reserve_paise >= 0 AND step_paise >= 0"),
    CheckConstraint("state = 'draft' OR (grams > 0 AND fair IS NOT NULL)", name="lot_fair_price_first"),
    CheckConstraint("(state = 'awarded') = (buyer IS NOT NULL)", name="lot_awarded_to_somebody"),
    CheckConstraint("buyer IS NULL OR buyer <> seller", name="lot_not_to_oneself"),
    Index("lot_open", "state", "closes_us"),
    Index("lot_seller", "seller", "made_us"),
    Index("lot_buyer", "buyer", "ended_us"),
    Index("lot_goods", "state", "goods", "ended_us"),
)
photos = table(
    "lot_photo",
    Column("id", WORD, primary_key=True),
    Column("lot", WORD, ForeignKey("lot.id"), nullable=False),
    Column("n", LONG, nullable=False),
    Column("sha256", WORD, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("small", LargeBinary, nullable=False),
    UniqueConstraint("lot", "n"),
    UniqueConstraint("lot", "sha256"),
)
serials = table(
    "lot_serial",
    Column("lot", WORD, ForeignKey("lot.id"), primary_key=True),
    Column("device", WORD, CheckConstraint("device <> ''"), primary_key=True),
)
offers = table(
    "offer",
    Column("n", LONG, primary_key=True),
    Column("id", WORD, nullable=False, unique=True),
    Column("lot", WORD, ForeignKey("lot.id"), nullable=False),
    Column("listed", LONG, nullable=False),
    Column("buyer", WORD, nullable=False),
    Column("side", WORD, nullable=False),  # who makes it
    Column("person", WORD, nullable=False),
    Column("paise", LONG, nullable=False),
    Column("fair_paise", LONG, nullable=False),  # the fair price that stood beside it
    Column("answers", WORD, ForeignKey("offer.id"), unique=True),
    Column("state", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("ends_us", LONG, nullable=False),
    Column("ended_us", LONG),
    _one_of("side", ("buyer", "seller")),
    _one_of("state", OFFER_STATES),
    CheckConstraint("paise > 0"),
    Index("offer_one_open", "lot", "buyer", unique=True, sqlite_where=text("state = 'open'"),
          postgresql_where=text("state = 'open'")),
    Index("offer_one_accepted", "lot", "listed", unique=True, sqlite_where=text("state = 'accepted'"),
          postgresql_where=text("state = 'accepted'")),
    Index("offer_buyer", "buyer", "n"),
    Index("offer_lot", "lot", "n"),
)  # fmt: skip
bids = frozen(
    table(
        "bid",
        Column("n", LONG, primary_key=True),
        Column("lot", WORD, ForeignKey("lot.id"), nullable=False),
        Column("listed", LONG, nullable=False),
        Column("buyer", WORD, nullable=False),
        Column("person", WORD, nullable=False),
        Column("paise", LONG, nullable=False),
        Column("made_us", LONG, nullable=False),
        CheckConstraint("paise > 0"),
        Index("bid_lot", "lot", "listed", "n"),
        Index("bid_buyer", "buyer", "n"),
    )
)
awards = frozen(
    table(
        "award",
        Column("lot", WORD, ForeignKey("lot.id"), primary_key=True),
        Column("listed", LONG, primary_key=True, autoincrement=False),
        Column("buyer", WORD, nullable=False),
        Column("by", WORD, nullable=False),  # an offer's id, or a bid's number
        Column("paise", LONG, nullable=False),
        Column("made_us", LONG, nullable=False),
    )
)
