"""The tables of producer responsibility. Amounts are micrograms of metal or of certificate, years fiscal ones.

==================  ==================================================================================================
duty_sale           what a producer says that it sold, by year and item: the last said counts, all is kept
duty_claim          metal of a lot that was won back and sold: one for each lot and metal, so that none counts twice
duty_from           the lots that the metal of a claim came through: none of them can be claimed again
duty_stock          certificate that a recycler has by its claims and that fills no certificate yet
duty_certificate    certificates, and where each is in its life
duty_move           what became of each: made, offered, sold, retired, ended
==================  ==================================================================================================
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index

from chumbak.exchange.store.tables import LONG, WORD, frozen, table

HELD, OFFERED, RETIRED, ENDED = "held", "offered", "retired", "ended"
MADE, OFFER, WITHDRAWN, SOLD = "made", "offer", "withdrawn", "sold"

sale = frozen(
    table(
        "duty_sale",
        Column("n", LONG, primary_key=True),
        Column("party", WORD, nullable=False),
        Column("year", LONG, nullable=False),
        Column("item", WORD, nullable=False),
        Column("category", WORD, nullable=False),
        Column("units", LONG, CheckConstraint("units >= 0"), nullable=False),
        Column("grams", LONG, CheckConstraint("grams >= 0"), nullable=False),
        Column("life_years", LONG, CheckConstraint("life_years > 0"), nullable=False),
        Column("made_us", LONG, nullable=False),
        Index("duty_sale_party", "party", "year"),
    )
)
claim = frozen(
    table(
        "duty_claim",
        Column("lot", WORD, primary_key=True),
        Column("metal", WORD, primary_key=True),
        Column("party", WORD, nullable=False),
        Column("invoice", WORD, nullable=False),
        Column("sale", WORD, nullable=False),
        Column("buyer", WORD, nullable=False),
        Column("held_ug", LONG, nullable=False),
        Column("ug", LONG, nullable=False),
        Column("certificate_ug", LONG, nullable=False),
        Column("year", LONG, nullable=False),
        Column("made_us", LONG, nullable=False),
        CheckConstraint("0 < ug AND ug <= held_ug", name="duty_no_more_than_the_ledger"),
        CheckConstraint("0 <= certificate_ug AND certificate_ug <= ug", name="duty_no_more_than_was_won"),
        Index("duty_claim_party", "party", "made_us"),
    )
)
came_from = frozen(
    table(
        "duty_from",
        Column("before", WORD, primary_key=True),
        Column("metal", WORD, primary_key=True),
        Column("lot", WORD, primary_key=True),
    )
)
stock = table(
    "duty_stock",
    Column("party", WORD, primary_key=True),
    Column("metal", WORD, primary_key=True),
    Column("ug", LONG, CheckConstraint("ug >= 0"), nullable=False),
)
certificate = table(
    "duty_certificate",
    Column("id", WORD, primary_key=True),
    Column("metal", WORD, nullable=False),
    Column("ug", LONG, CheckConstraint("ug > 0"), nullable=False),
    Column("maker", WORD, nullable=False),
    Column("owner", WORD, nullable=False),
    Column("state", WORD, CheckConstraint("state IN ('held', 'offered', 'retired', 'ended')"), nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("ends_us", LONG, nullable=False),
    Column("offered_to", WORD),
    Column("offered_paise", LONG),
    Column("retired_year", LONG),
    CheckConstraint("ends_us > made_us"),
    CheckConstraint("(state = 'offered') = (offered_to IS NOT NULL)", name="duty_offered_to_somebody"),
    CheckConstraint("(state = 'offered') = (offered_paise IS NOT NULL)", name="duty_offered_at_a_price"),
    CheckConstraint("(state = 'retired') = (retired_year IS NOT NULL)", name="duty_retired_for_a_year"),
    CheckConstraint("offered_to IS NULL OR offered_to <> owner"),
    Index("duty_certificate_owner", "owner", "state"),
    Index("duty_certificate_maker", "maker", "made_us"),
    Index("duty_certificate_offered", "offered_to"),
    Index("duty_certificate_ends", "state", "ends_us"),
)
move = frozen(
    table(
        "duty_move",
        Column("n", LONG, primary_key=True),
        Column("certificate", WORD, ForeignKey("duty_certificate.id"), nullable=False),
        Column("what", WORD, nullable=False),
        Column("giver", WORD, nullable=False),
        Column("taker", WORD, nullable=False),
        Column("paise", LONG),
        Column("band", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Index("duty_move_certificate", "certificate", "n"),
        Index("duty_move_giver", "giver", "made_us"),
        Index("duty_move_taker", "taker", "made_us"),
    )
)
